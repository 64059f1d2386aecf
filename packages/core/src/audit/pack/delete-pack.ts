import { schema } from '@pramaan/db'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import { command } from '../../platform/use-case.ts'

const { auditPackFiles, auditPacks } = schema

/** Deletes the files of a pack; that it was there stays. One that is being made is made no further. */
export const deletePack = command({
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
