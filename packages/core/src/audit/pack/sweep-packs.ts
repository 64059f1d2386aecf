import { schema } from '@pramaan/db'
import { and, asc, eq, lte, ne } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../../platform/context.ts'
import { command } from '../../platform/use-case.ts'

const { auditPackFiles, auditPacks } = schema
const BATCH = 100

/** Deletes the files of packs that were kept for as long as was said; that they were there stays. */
export async function sweepPacks(ctx: Ctx): Promise<void> {
  const due = await ctx.db.acrossAdvisors.read
    .select({ advisorId: auditPacks.advisorId, packId: auditPacks.id })
    .from(auditPacks)
    .where(and(ne(auditPacks.state, 'deleted'), lte(auditPacks.availableUntil, ctx.now())))
    .orderBy(asc(auditPacks.availableUntil))
    .limit(BATCH)
  for (const one of due) await deletePack(ctx, one)
}

const deletePack = command({
  name: 'pack.delete',
  input: z.strictObject({ advisorId: z.uuid(), packId: z.uuid() }),
  async run(ctx, { advisorId, packId }) {
    const isPack = and(eq(auditPacks.advisorId, advisorId), eq(auditPacks.id, packId), ne(auditPacks.state, 'deleted'))
    const [row] = await ctx.tx.update(auditPacks).set({ state: 'deleted' }).where(isPack).returning()
    if (!row) return { output: null, unchanged: true }
    const isFile = and(eq(auditPackFiles.advisorId, advisorId), eq(auditPackFiles.packId, packId))
    await ctx.tx.delete(auditPackFiles).where(isFile)
    const about = { objectType: 'pack', objectId: packId, advisorId, to: 'deleted' }
    return { output: null, audit: { action: 'pack.deleted', ...about, detail: { files: row.position } } }
  },
})
