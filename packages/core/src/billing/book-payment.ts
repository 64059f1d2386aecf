import { schema } from '@pramaan/db'
import type { RazorpayPayment } from '../clients/razorpay/index.ts'
import type { CommandCtx } from '../platform/context.ts'
import { book } from './book.ts'
import { issueDocument, placesOf } from './issue-document.ts'
import type { SubscriptionRow } from './queries.ts'
import { requestCredit } from './request-credit.ts'
import { splitGst } from './rules/gst.ts'
import { TIER_NAMES } from './rules/plans.ts'
import type { Consequences } from './save-subscription.ts'

const { payments } = schema

/**
 * Books a captured payment of a subscription with its tax invoice, once for its id however many words tell of it. Its
 * firm's billing is locked. Fees are left out: Razorpay itself gives different ones for one payment at different times.
 */
export async function bookPayment(
  ctx: CommandCtx,
  subscription: SubscriptionRow,
  payment: RazorpayPayment,
): Promise<Consequences> {
  const { advisorId, id: subscriptionId } = subscription
  const paidAt = payment.createdAt ?? ctx.now()
  const [added] = await ctx.tx
    .insert(payments)
    .values({
      advisorId,
      id: ctx.newId(),
      subscriptionId,
      razorpayPaymentId: payment.id,
      amountPaise: payment.amountPaise,
      method: payment.method,
      paidAt,
    })
    .onConflictDoNothing()
    .returning({ id: payments.id })
  if (!added || payment.amountPaise === 0) return { audit: [], jobs: [] }
  const source = `payment:${payment.id}`
  const split = splitGst(payment.amountPaise, await placesOf(ctx, advisorId))
  await book(ctx, { advisorId, source, direction: 'in', split, occurredAt: paidAt })
  const description = `Pramaan ${TIER_NAMES[subscription.tier]}, ${subscription.period} subscription`
  const issued = await issueDocument(ctx, {
    advisorId,
    kind: 'invoice',
    source,
    description,
    payment: payment.id,
    split,
    against: null,
  })
  const expected = subscription.pricePaise
  if (payment.amountPaise !== expected) {
    ctx.log.error({ alert: 'billing.amount_differs', advisorId, subscriptionId, source }, 'a payment is not the price')
  }
  const about = { objectType: 'subscription', objectId: subscriptionId, advisorId }
  const detail = { payment: payment.id, amountPaise: payment.amountPaise }
  const credit = await creditLate(ctx, subscription, payment, paidAt)
  return {
    audit: [{ action: 'payment.booked', ...about, detail }, ...issued.audit, ...credit.audit],
    jobs: [...issued.jobs, ...credit.jobs],
  }
}

/** Money that came for a subscription which we had ended goes back whole: it can buy nothing any more. */
async function creditLate(
  ctx: CommandCtx,
  { advisorId, endedAt }: SubscriptionRow,
  { id: razorpayPaymentId, amountPaise: creditPaise }: RazorpayPayment,
  paidAt: Date,
): Promise<Consequences> {
  if (endedAt === null || paidAt < endedAt) return { audit: [], jobs: [] }
  return requestCredit(ctx, { advisorId, razorpayPaymentId, creditPaise, reason: 'paid after it had been ended' })
}
