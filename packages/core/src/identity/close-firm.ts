import { type Queries, schema } from '@pramaan/db'
import { and, eq, isNull } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'

const { advisors, apiKeys, invitations, members } = schema

/** The people of a firm, by id. */
export async function peopleOf(queries: Queries, advisorId: string): Promise<string[]> {
  const rows = await queries.select({ id: members.userId }).from(members).where(eq(members.advisorId, advisorId))
  return rows.map(({ id }) => id)
}

/** Whether the firm has an owner besides this person. */
export async function hasOtherOwner(queries: Queries, advisorId: string, userId: string): Promise<boolean> {
  const rows = await queries
    .select({ id: members.userId })
    .from(members)
    .where(and(eq(members.advisorId, advisorId), eq(members.role, 'owner')))
  return rows.some(({ id }) => id !== userId)
}

/**
 * Closes a firm for good: no key of it lets anybody in, nobody is invited any more, and its data key is destroyed, and
 * with it what it handed in to show its licences. Name and registration numbers stay in what was published under them.
 *
 * @returns its name; null when it is closed already
 */
export async function closeFirm(ctx: CommandCtx, advisorId: string): Promise<{ displayName: string } | null> {
  const isFirm = eq(advisors.id, advisorId)
  const [before] = await ctx.tx.select().from(advisors).where(isFirm).for('update')
  if (!before || before.status === 'erased') return null
  await Promise.all([
    ctx.tx.update(advisors).set({ status: 'erased', displayName: 'Closed account' }).where(isFirm),
    ctx.tx
      .update(apiKeys)
      .set({ revokedAt: ctx.now(), previousHash: null, previousUntil: null })
      .where(and(eq(apiKeys.advisorId, advisorId), isNull(apiKeys.revokedAt))),
    ctx.tx.delete(invitations).where(eq(invitations.advisorId, advisorId)),
    ctx.keys.destroy(ctx.tx, advisorId),
  ])
  return { displayName: before.displayName }
}
