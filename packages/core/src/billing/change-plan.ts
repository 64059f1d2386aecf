import { ChangePlanInput, type ChangePreview, istDay, PlanLimit, type SubscriptionView } from '@pramaan/shared'
import type { z } from 'zod'
import { entitlementsOf, requireStepUp } from '../identity/index.ts'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { query, steps } from '../platform/use-case.ts'
import { creditOf } from './end-subscription.ts'
import { currentOf } from './get-subscription.ts'
import { type SubscriptionRow, subscriptionsOf } from './queries.ts'
import { readPlanUse } from './read-quotas.ts'
import { planOn } from './rules/plans.ts'
import { standingOf } from './rules/standing.ts'
import { openAndAsk } from './subscribe.ts'

type Input = z.output<typeof ChangePlanInput>

async function currentToChange(ctx: Ctx, { plan, period }: Input): Promise<SubscriptionRow> {
  const current = currentOf(await subscriptionsOf(ctx.db.read, advisorIdOf(ctx)), ctx.now())
  if (!current || standingOf(current, ctx.now()) === 'none') {
    throw new AppError(
      'invalid_state',
      'There is no running subscription to change. Subscribe with POST /api/billing/subscribe.',
    )
  }
  if (current.tier === plan && current.period === period && current.cancelAt === null) {
    throw new AppError('conflict', 'You are on this plan already.')
  }
  return current
}

/** At the end of what is paid, or now. */
const startOf = ({ when }: Input, current: SubscriptionRow, now: Date): Date | null =>
  when === 'period_end' && current.paidUntil !== null && current.paidUntil > now ? current.paidUntil : null

/**
 * What a change would cost and give back, to the paisa, and what would be over the limits then; nothing is deleted. The
 * credit is that of this moment: the one that is paid is counted when the new plan runs.
 */
export const previewChange = query({
  name: 'billing.preview_change',
  input: ChangePlanInput,
  async run(ctx, input): Promise<ChangePreview> {
    const now = ctx.now()
    const current = await currentToChange(ctx, input)
    const startsAt = startOf(input, current, now)
    const { creditPaise } = await creditOf(ctx, current, startsAt ?? now)
    return {
      plan: input.plan,
      period: input.period,
      when: input.when,
      startsAt: (startsAt ?? now).toISOString(),
      chargePaise: planOn(istDay(now), input.plan, input.period).pricePaise,
      creditPaise,
      overLimit: await overLimit(ctx, input, startsAt ?? now),
    }
  },
})

/** What is used already of what the new plan will allow when it begins; a day or month that is over by then counts no more. */
async function overLimit(ctx: Ctx, { plan }: Input, from: Date): Promise<ChangePreview['overLimit']> {
  const allowed = entitlementsOf(plan, from)
  const use = await readPlanUse(ctx.db.read, advisorIdOf(ctx), from)
  return PlanLimit.options
    .map((limit) => ({ limit, allowed: allowed[limit], used: use[limit] }))
    .filter(({ allowed, used }) => used > allowed)
}

/**
 * Changes the plan the way that works in India, where mandates can hardly be updated: a new subscription is opened and
 * paid or given a mandate; once it runs, the old one ends and what is left of it goes back. Until then nothing changes.
 */
export const changePlan = steps({
  name: 'billing.change',
  input: ChangePlanInput,
  async run(ctx, input): Promise<SubscriptionView> {
    requireStepUp(ctx)
    const current = await currentToChange(ctx, input)
    const startsAt = startOf(input, current, ctx.now())
    return openAndAsk(ctx, { plan: input.plan, period: input.period, replacesId: current.id, startsAt })
  },
})
