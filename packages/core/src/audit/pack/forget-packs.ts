import { schema } from '@pramaan/db'
import { and, eq, ne } from 'drizzle-orm'
import type { Ctx } from '../../platform/context.ts'
import { deletePack } from './delete-pack.ts'
import { holdsPeople } from './kinds.ts'

const { auditPacks } = schema

/**
 * Deletes the packs, ready or being made, that hold somebody who is erased: those with people in clear, and all packs of
 * a firm that is closed.
 */
export async function forgetPacks(ctx: Ctx, advisorId: string, isClosed: boolean): Promise<void> {
  const packs = await ctx.db.read
    .select({ packId: auditPacks.id, kinds: auditPacks.kinds })
    .from(auditPacks)
    .where(and(eq(auditPacks.advisorId, advisorId), ne(auditPacks.state, 'deleted')))
  for (const { packId, kinds } of packs)
    if (isClosed || holdsPeople(kinds)) await deletePack(ctx, { advisorId, packId })
}
