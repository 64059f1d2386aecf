import { schema } from '@pramaan/db'
import { and, asc, lte, ne } from 'drizzle-orm'
import type { Ctx } from '../../platform/context.ts'
import { deletePack } from './delete-pack.ts'

const { auditPacks } = schema
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
