import { schema, statement } from '@pramaan/db'
import { istDay, type PlanLimit, type Tier } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { entitlementsOf, planLimitReached } from '../identity/index.ts'
import type { CommandCtx } from '../platform/context.ts'

const { planUsage } = schema

export type Meter = (typeof planUsage.$inferSelect)['meter']

/** The first day of the period of a meter, in India. */
export const periodOf = (meter: Meter, now: Date): string =>
  meter === 'checks' ? istDay(now) : `${istDay(now).slice(0, 7)}-01`

const LIMIT_OF = { checks: 'checksPerDay', recipients: 'recipientsPerMonth' } as const satisfies Record<
  Meter,
  PlanLimit
>

/**
 * Counts what a firm uses of its plan, in the transaction that uses it: both are committed or neither. It is one statement
 * without a look before, so it can be the last write of a command, and the row of the firm is locked for the commit alone.
 * A CHECK of the table refuses what is too much, however many count at once.
 *
 * @param tier that of this moment
 * @throws AppError `plan_limit_reached`
 */
export async function countUse(
  ctx: CommandCtx,
  used: { advisorId: string; meter: Meter; amount: number; tier: Tier },
): Promise<void> {
  const { advisorId, meter, amount, tier } = used
  const now = ctx.now()
  const allowed = entitlementsOf(tier, now)[LIMIT_OF[meter]]
  const counted = { advisorId, meter, amount, allowed, period: periodOf(meter, now) }
  await count(ctx.tx)
    .execute(counted)
    .catch((error: unknown) => {
      throw isTooMuch(error) ? planLimitReached(LIMIT_OF[meter], tier, allowed) : error
    })
}

/** One more check, asked for by somebody of a firm. */
export const countCheck = (ctx: CommandCtx, advisorId: string): Promise<void> =>
  countUse(ctx, { advisorId, meter: 'checks', amount: 1, tier: ctx.tier ?? 'basic' })

/** Whose clock is behind counts into the period of whose is ahead. */
const count = statement((queries) => {
  const given = sql.placeholder
  const isOver = sql`${planUsage.period} < excluded.period`
  return queries
    .insert(planUsage)
    .values({
      advisorId: given('advisorId'),
      meter: given('meter'),
      period: given('period'),
      used: given('amount'),
      allowed: given('allowed'),
    })
    .onConflictDoUpdate({
      target: [planUsage.advisorId, planUsage.meter],
      set: {
        period: sql`greatest(${planUsage.period}, excluded.period)`,
        used: sql`case when ${isOver} then excluded.used else ${planUsage.used} + excluded.used end`,
        allowed: sql`excluded.allowed`,
      },
    })
    .prepare('billing_count_use')
})

function isTooMuch(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: string; constraint?: string } | undefined) : undefined
  return cause?.code === '23514' && cause.constraint === 'plan_usage_within'
}
