import { schema } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { TierFacts } from './rules/tier.ts'

const { advisors } = schema

/**
 * Gives a firm the tier that it has booked, with what follows by time alone, in the transaction that decided so. Every
 * request reads both anew, so they hold from the next one on, on every instance.
 *
 * @returns the entry for the log; null where the firm has all of that already
 */
export async function setTier(
  ctx: CommandCtx,
  advisorId: string,
  { tier, tierSteps }: TierFacts,
): Promise<AuditEntry | null> {
  const steps = tierSteps === null ? null : [...tierSteps]
  const [changed] = await ctx.tx
    .update(advisors)
    .set({ tier, tierSteps: steps })
    .where(
      and(
        eq(advisors.id, advisorId),
        sql`(${advisors.tier}, ${advisors.tierSteps}) is distinct from (${tier}, ${steps && JSON.stringify(steps)}::jsonb)`,
      ),
    )
    .returning({ id: advisors.id })
  const about = { objectType: 'advisor', objectId: advisorId, advisorId }
  return changed ? { action: 'advisor.tier_set', ...about, to: tier, detail: { steps } } : null
}
