import { schema } from '@pramaan/db'
import { and, asc, eq, isNull, lte } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { holdOn } from './legal-holds.ts'

const { retentions } = schema
const BATCH = 500

/** Shreds what no law keeps any longer, at its date and by itself; a legal hold puts it off. */
export async function sweepRetentions(ctx: Ctx): Promise<void> {
  const due = await ctx.db.acrossAdvisors.read
    .select({ advisorId: retentions.advisorId, id: retentions.id })
    .from(retentions)
    .where(and(isNull(retentions.shreddedAt), lte(retentions.until, ctx.now())))
    .orderBy(asc(retentions.until))
    .limit(BATCH)
  for (const one of due) await shred(ctx, one)
}

const shred = command({
  name: 'retention.shred',
  input: z.strictObject({ advisorId: z.uuid(), id: z.uuid() }),
  async run(ctx, { advisorId, id }) {
    const isRow = and(eq(retentions.advisorId, advisorId), eq(retentions.id, id), isNull(retentions.shreddedAt))
    const [row] = await ctx.tx.select().from(retentions).where(isRow).for('update')
    if (!row || (await holdOn(ctx.tx, row))) return { output: null, unchanged: true }
    await ctx.keys.destroy(ctx.tx, id)
    await ctx.tx.update(retentions).set({ sealed: null, shreddedAt: ctx.now() }).where(isRow)
    const { subjectKind: objectType, subjectId: objectId, erasureId, clause } = row
    return {
      output: null,
      audit: { action: 'retention.shredded', objectType, objectId, advisorId, reason: clause, detail: { erasureId } },
    }
  },
})
