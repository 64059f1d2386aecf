import { schema } from '@pramaan/db'
import type { Tier } from '@pramaan/shared'
import { and, eq, ne } from 'drizzle-orm'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'

const { advisors } = schema

/**
 * Gives a firm the tier that it has booked, in the transaction that decided so. Every request reads the tier anew, so it
 * holds from the next one on, on every instance.
 *
 * @returns the entry for the log; null where the firm is on that tier already
 */
export async function setTier(ctx: CommandCtx, advisorId: string, tier: Tier): Promise<AuditEntry | null> {
  const [changed] = await ctx.tx
    .update(advisors)
    .set({ tier })
    .where(and(eq(advisors.id, advisorId), ne(advisors.tier, tier)))
    .returning({ id: advisors.id })
  return changed
    ? { action: 'advisor.tier_set', objectType: 'advisor', objectId: advisorId, advisorId, to: tier }
    : null
}
