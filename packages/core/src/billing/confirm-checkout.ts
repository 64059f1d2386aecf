import { schema } from '@pramaan/db'
import { ConfirmInput, type SubscriptionView } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError, notFound, UpstreamError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { reconcileJob } from './jobs.ts'
import type { SubscriptionRow } from './queries.ts'
import { reconcileSubscription } from './reconcile-subscription.ts'
import { subscriptionView } from './subscription-view.ts'

const { subscriptions } = schema

/** The proof of a payment is written down, and Razorpay is asked for the state even if this process dies now. */
const recordCheckout = command({
  name: 'subscription.record_checkout',
  input: z.strictObject({ subscriptionId: z.uuid(), paymentId: z.string() }),
  async run(ctx, { subscriptionId, paymentId }) {
    const advisorId = advisorIdOf(ctx)
    const about = { objectType: 'subscription', objectId: subscriptionId, advisorId }
    return {
      output: null,
      audit: { action: 'subscription.checkout_proved', ...about, detail: { payment: paymentId } },
      jobs: [reconcileJob.with({ advisorId, subscriptionId }, { groupId: advisorId })],
    }
  },
})

/**
 * Takes what Checkout handed to the browser. The signature is checked over the id in our own database, never the one
 * that was sent. It proves a payment, not a state: Razorpay is asked for that at once.
 */
export const confirmCheckout = steps({
  name: 'billing.confirm',
  input: ConfirmInput,
  async run(ctx, input): Promise<SubscriptionView> {
    const row = await rowOf(ctx, input.razorpay_subscription_id ?? input.razorpay_order_id)
    const { razorpay_payment_id: paymentId, razorpay_signature: signature } = input
    const message = row.payment === 'order' ? `${row.razorpayId}|${paymentId}` : `${paymentId}|${row.razorpayId}`
    if (!ctx.clients.razorpay.verifyCheckoutSignature(message, signature)) {
      ctx.log.warn({ requestId: ctx.requestId, subscriptionId: row.id }, 'checkout with a wrong signature')
      throw new AppError('forbidden', 'The signature is not that of this payment. If you paid, it is booked anyway.')
    }
    const { advisorId, id: subscriptionId } = row
    await recordCheckout(ctx, { subscriptionId, paymentId })
    await reconcileSubscription(asSystem(ctx), { advisorId, subscriptionId }).catch((error) => {
      // Proved and written down: a job goes on asking, and the caller sees the state that we know.
      if (!(error instanceof UpstreamError)) throw error
    })
    return subscriptionView(ctx, await rowOf(ctx, row.razorpayId))
  },
})

/** What was asked for is allowed by now; carrying it out is the work of the system. */
export const asSystem = (ctx: Ctx): Ctx => ({
  ...ctx,
  actor: { kind: 'system', name: 'billing' },
  idempotency: undefined,
})

async function rowOf(ctx: Ctx, razorpayId: string | null | undefined): Promise<SubscriptionRow> {
  const mine = and(eq(subscriptions.advisorId, advisorIdOf(ctx)), eq(subscriptions.razorpayId, razorpayId ?? ''))
  const [row] = await ctx.db.read.select().from(subscriptions).where(mine)
  if (!row) throw notFound('subscription')
  return row
}
