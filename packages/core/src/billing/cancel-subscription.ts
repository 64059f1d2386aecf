import { schema } from '@pramaan/db'
import { CancelSubscriptionInput, type SubscriptionView, When } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { requireStepUp } from '../identity/index.ts'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError, UpstreamError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { asSystem } from './confirm-checkout.ts'
import { endNow } from './end-subscription.ts'
import { currentOf } from './get-subscription.ts'
import { lockBilling, type SubscriptionRow, subscriptionsOf } from './queries.ts'
import { reconcileSubscription } from './reconcile-subscription.ts'
import { saveSubscription } from './save-subscription.ts'
import { subscriptionView } from './subscription-view.ts'

const { subscriptions } = schema

/** Writes the decision down; telling Razorpay follows, now or by the job. */
const decideEnd = command({
  name: 'subscription.decide_end',
  input: z.strictObject({ when: When }),
  async run(ctx, { when }) {
    const advisorId = advisorIdOf(ctx)
    await lockBilling(ctx, advisorId)
    const row = currentOf(await subscriptionsOf(ctx.tx, advisorId), ctx.now())
    if (!row) throw new AppError('invalid_state', 'There is no subscription to cancel.')
    if (when === 'period_end' && row.cancelAt === 'period_end') return { output: row.id, unchanged: true }
    const about = { objectType: 'subscription', objectId: row.id, advisorId }
    const audit = { action: 'subscription.cancel_requested', ...about, reason: when }
    const ended = when === 'now' ? await endNow(ctx, row, 'cancelled by the firm') : { audit: [], jobs: [] }
    const changes = { cancelAt: when, ...(when === 'now' ? { endedAt: ctx.now() } : {}) }
    const saved = await saveSubscription(ctx, row, changes, 'cancelled by the firm')
    return { output: row.id, audit: [audit, ...ended.audit, ...saved.audit], jobs: [...ended.jobs, ...saved.jobs] }
  },
})

/**
 * Cancels the subscription of the firm. `period_end`: what is paid is used to its end, and no further charge comes.
 * `now`: it ends at once, and what is left of the period goes back.
 */
export const cancelSubscription = steps({
  name: 'billing.cancel',
  input: CancelSubscriptionInput,
  async run(ctx, { when }): Promise<SubscriptionView> {
    requireStepUp(ctx)
    const subscriptionId = await decideEnd(ctx, { when })
    return carryOut(ctx, subscriptionId)
  },
})

/** Tells Razorpay what was decided, or leaves it to the job where it cannot be reached. */
export async function carryOut(ctx: Ctx, subscriptionId: string): Promise<SubscriptionView> {
  const advisorId = advisorIdOf(ctx)
  await reconcileSubscription(asSystem(ctx), { advisorId, subscriptionId }).catch((error) => {
    if (!(error instanceof UpstreamError)) throw error
  })
  const mine = and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, subscriptionId))
  const [row] = await ctx.db.read.select().from(subscriptions).where(mine)
  return subscriptionView(ctx, row as SubscriptionRow)
}
