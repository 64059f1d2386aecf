import { schema } from '@pramaan/db'
import { ChangePlanInput, type ChangePreview, istDay, type SubscriptionView } from '@pramaan/shared'
import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import { requireStepUp } from '../identity/index.ts'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { query, steps } from '../platform/use-case.ts'
import { creditOf } from './end-subscription.ts'
import { currentOf } from './get-subscription.ts'
import { type SubscriptionRow, subscriptionsOf } from './queries.ts'
import { ENTITLEMENTS, planOn } from './rules/plans.ts'
import { standingOf } from './rules/standing.ts'
import { openAndAsk } from './subscribe.ts'

const { apiKeys, members } = schema

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
      overLimit: await overLimit(ctx, input),
    }
  },
})

async function overLimit(ctx: Ctx, { plan }: Input): Promise<ChangePreview['overLimit']> {
  const advisorId = advisorIdOf(ctx)
  const allowed = ENTITLEMENTS[plan]
  const [people, keys] = await Promise.all([
    ctx.db.read.$count(members, eq(members.advisorId, advisorId)),
    ctx.db.read.$count(apiKeys, and(eq(apiKeys.advisorId, advisorId), isNull(apiKeys.revokedAt))),
  ])
  const over: ChangePreview['overLimit'] = []
  if (people > allowed.members) over.push({ limit: 'members', allowed: allowed.members, used: people })
  if (keys > 0 && !allowed.apiAccess) over.push({ limit: 'apiAccess', allowed: 0, used: keys })
  return over
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
