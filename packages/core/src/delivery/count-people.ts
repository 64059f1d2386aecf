import { schema } from '@pramaan/db'
import { and, arrayContains, eq, inArray, sql } from 'drizzle-orm'
import { countUse, periodOf, readPlanUse } from '../billing/index.ts'
import { entitlementsOf, planLimitReached, readAdvisor, tierAt } from '../identity/index.ts'
import type { CommandCtx } from '../platform/context.ts'
import { consented } from './queries.ts'

const { recipients } = schema

const notCountedIn = (month: string) => sql`${recipients.countedIn} is distinct from ${month}::date`

async function tierOf(ctx: CommandCtx, advisorId: string) {
  const advisor = await readAdvisor(ctx.tx, advisorId)
  if (!advisor) throw new Error('a campaign without its advisor')
  return tierAt(advisor.tiers, ctx.now())
}

/**
 * Counts people for the plan of their firm who are to be written to now: each once in a month of India, however many
 * campaigns there are. Their rows are locked, so that of two campaigns at the same time one counts somebody.
 *
 * @throws AppError `plan_limit_reached`
 */
export async function countPeople(ctx: CommandCtx, advisorId: string, recipientIds: readonly string[]): Promise<void> {
  const month = periodOf('recipients', ctx.now())
  const { rowCount } = await ctx.tx
    .update(recipients)
    .set({ countedIn: month })
    .where(
      and(
        eq(recipients.advisorId, advisorId),
        sql`${recipients.id} = any(${sql.param(recipientIds)}::uuid[])`,
        notCountedIn(month),
      ),
    )
  if (!rowCount) return
  await countUse(ctx, { advisorId, meter: 'recipients', amount: rowCount, tier: await tierOf(ctx, advisorId) })
}

/**
 * Refuses a campaign that goes beyond the plan as things stand, so that somebody hears of it who can do something. The
 * dispatch counts, and decides.
 *
 * @throws AppError `plan_limit_reached`
 */
export async function refuseTooMany(
  ctx: CommandCtx,
  advisorId: string,
  { recipientIds, segment, at }: { recipientIds: string[]; segment: string | null; at: Date },
): Promise<void> {
  const meant = segment === null ? inArray(recipients.id, recipientIds) : arrayContains(recipients.segments, [segment])
  const [people, tier, use] = await Promise.all([
    ctx.tx.$count(
      recipients,
      and(
        eq(recipients.advisorId, advisorId),
        meant,
        eq(recipients.state, 'active'),
        consented(ctx.tx),
        notCountedIn(periodOf('recipients', at)),
      ),
    ),
    tierOf(ctx, advisorId),
    readPlanUse(ctx.tx, advisorId, at),
  ])
  const { recipientsPerMonth } = entitlementsOf(tier, at)
  if (use.recipientsPerMonth + people > recipientsPerMonth) {
    throw planLimitReached('recipientsPerMonth', tier, recipientsPerMonth)
  }
}
