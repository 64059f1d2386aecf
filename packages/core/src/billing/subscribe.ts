import { schema } from '@pramaan/db'
import { type BillingPeriod, istDay, SubscribeInput, type SubscriptionView, type Tier } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { requireStepUp } from '../identity/index.ts'
import { advisorIdOf, type CommandCtx, type Ctx, userIdOf } from '../platform/context.ts'
import { AppError, UpstreamError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { endNow } from './end-subscription.ts'
import { createAtRazorpay } from './open-at-razorpay.ts'
import { lockBilling, type SubscriptionRow, subscriptionsOf } from './queries.ts'
import { type OpeningOutcome, recordOpening } from './record-opening.ts'
import { mayRenew } from './rules/dunning.ts'
import { paymentOf, planOn } from './rules/plans.ts'
import { nextLookAt, standingOf } from './rules/standing.ts'
import type { Consequences } from './save-subscription.ts'
import { subscriptionView } from './subscription-view.ts'

const { subscriptions } = schema

/** States of a subscription that waits for its first payment; a firm has one such at most. */
const OPENING = ['opening', 'unknown', 'created'] as const

/** What is to be opened. `replaces`: the change of plan that it belongs to. */
const OpenInput = SubscribeInput.extend({ replacesId: z.uuid().nullable(), startsAt: z.date().nullable() })

/**
 * Writes a subscription down before Razorpay is asked for it, so that whatever its webhooks say finds a row. Asking for
 * the same once more gives the one that waits; asking for another one drops that.
 */
const openSubscription = command({
  name: 'subscription.open',
  input: OpenInput,
  async run(ctx, { plan: tier, period, replacesId, startsAt }) {
    const advisorId = advisorIdOf(ctx)
    await lockBilling(ctx, advisorId)
    const all = await subscriptionsOf(ctx.tx, advisorId)
    const plan = planOn(istDay(ctx.now()), tier, period)
    const waiting = all.find((one) => one.endedAt === null && OPENING.some((state) => state === one.state))
    const sameStart = waiting?.startsAt?.getTime() === startsAt?.getTime()
    if (waiting?.planId === plan.id && waiting.replacesId === replacesId && sameStart) {
      return { output: { row: waiting, isNew: false }, unchanged: true }
    }
    const dropped = waiting ? await dropWaiting(ctx, waiting) : { audit: [], jobs: [] }
    refuseSecond(ctx, all, { tier, period, replacesId })
    const dates = { paidUntil: null, currentStart: null, startsAt, endedAt: null }
    const facts = { state: 'opening' as const, tier, payment: paymentOf(plan), cancelAt: null, ...dates }
    const now = ctx.now()
    const [row] = await ctx.tx
      .insert(subscriptions)
      .values({
        ...facts,
        advisorId,
        id: ctx.newId(),
        planId: plan.id,
        period,
        pricePaise: plan.pricePaise,
        replacesId,
        nextLookAt: nextLookAt(facts, now),
        createdBy: userIdOf(ctx),
        createdAt: now,
        updatedAt: now,
      })
      .returning()
    if (!row) throw new Error('an insert without a row')
    const detail = { planId: plan.id, pricePaise: plan.pricePaise, ...(replacesId === null ? {} : { replacesId }) }
    const about = { objectType: 'subscription', objectId: row.id, advisorId }
    return {
      output: { row, isNew: true },
      audit: [{ action: 'subscription.opened', ...about, to: 'opening', detail }, ...dropped.audit],
      jobs: dropped.jobs,
    }
  },
})

/** One that is paid or waited for already is changed, not doubled. */
function refuseSecond(
  ctx: CommandCtx,
  all: SubscriptionRow[],
  { tier, period, replacesId }: { tier: Tier; period: BillingPeriod; replacesId: string | null },
): void {
  const current = all.find((one) => standingOf(one, ctx.now()) !== 'none' && one.cancelAt === null)
  if (!current || current.id === replacesId) return
  const same = current.tier === tier && current.period === period
  throw new AppError(
    'conflict',
    same
      ? 'You are subscribed to this plan already.'
      : 'You have a subscription already. Change its plan with POST /api/billing/change.',
  )
}

/** What nobody paid for is given up, here and by a job at Razorpay. What was never answered may still turn up there, so it waits. */
async function dropWaiting(ctx: CommandCtx, waiting: SubscriptionRow): Promise<Consequences> {
  if (waiting.state !== 'created') {
    throw new AppError('conflict', 'We are still asking Razorpay for your last choice. Try again in a minute.')
  }
  return endNow(ctx, waiting, 'another plan was chosen')
}

/** Opens a subscription at Razorpay: row first, then one call, then what came of it. A lost answer is never repeated blindly. */
export async function openAndAsk(ctx: Ctx, input: z.input<typeof OpenInput>): Promise<SubscriptionView> {
  const { row, isNew } = await openSubscription(ctx, input)
  if (isNew) {
    const outcome = await ask(ctx, row)
    await recordOpening(ctx, { advisorId: row.advisorId, subscriptionId: row.id, outcome })
    if (outcome.kind === 'failed') {
      throw new AppError(
        'upstream_failed',
        'The payment service did not take this. Nothing was charged; try again later.',
      )
    }
  }
  const mine = and(eq(subscriptions.advisorId, row.advisorId), eq(subscriptions.id, row.id))
  const [now] = await ctx.db.read.select().from(subscriptions).where(mine)
  return subscriptionView(ctx, now ?? row)
}

async function ask(ctx: Ctx, row: SubscriptionRow): Promise<OpeningOutcome> {
  try {
    return { kind: 'opened', ...(await createAtRazorpay(ctx, row)) }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return { kind: error.outcomeUnknown ? 'unknown' : 'failed' }
  }
}

/** The year that another one of the same plan is to follow without a gap; null where none ends soon. */
async function endingYear(
  ctx: Ctx,
  { plan, period }: z.output<typeof SubscribeInput>,
): Promise<SubscriptionRow | null> {
  const all = await subscriptionsOf(ctx.db.read, advisorIdOf(ctx))
  const now = ctx.now()
  const isIt = (one: SubscriptionRow) => one.tier === plan && one.period === period && mayRenew(one, now)
  return all.find((one) => isIt(one) && standingOf(one, now) === 'paid') ?? null
}

/**
 * Subscribes the firm to a plan: the answer says where to pay. Nothing is charged and nothing changes before that. A year
 * that was paid once is renewed the same way in its last 30 days; the next one begins where it ends.
 */
export const subscribe = steps({
  name: 'billing.subscribe',
  input: SubscribeInput,
  async run(ctx, input) {
    requireStepUp(ctx)
    const ending = await endingYear(ctx, input)
    return openAndAsk(ctx, { ...input, replacesId: ending?.id ?? null, startsAt: ending?.paidUntil ?? null })
  },
})
