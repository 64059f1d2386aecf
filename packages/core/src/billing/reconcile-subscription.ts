import { schema } from '@pramaan/db'
import { and, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { RazorpayPayment, RazorpayRefund } from '../clients/razorpay/index.ts'
import { type Ctx, withinFirm } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { recordRefund } from './book-refund.ts'
import { reconcileJob } from './jobs.ts'
import { findAtRazorpay } from './open-at-razorpay.ts'
import { type PaymentRow, type SubscriptionRow, takeById } from './queries.ts'
import { recordOpening } from './record-opening.ts'
import { retireSubscription } from './retire-subscription.ts'
import { isFinal } from './rules/state.ts'
import { saveSubscription } from './save-subscription.ts'
import { type PaidPeriod, takeOrderPayment, takeWord, type Word } from './take-word.ts'

const { payments, subscriptions } = schema

/** What Razorpay answered, as facts for one transaction. */
interface Answers {
  word: Word | null
  orderPayments: RazorpayPayment[]
  refunds: { payment: PaymentRow; refund: RazorpayRefund }[]
}

const ids = z.object({ advisorId: z.uuid(), subscriptionId: z.uuid() })

/** After so long an order or subscription that Razorpay still does not have was never made there. */
const NEVER_MADE_MS = 15 * 60_000
/** Refunds of older payments are heard of by webhook and by the report of differences alone. */
const REFUNDS_LOOKED_AT_MS = 120 * 86_400_000
/** Payments whose refunds are looked at in one run. */
const REFUNDS_LOOKED_AT = 3

const record = command({
  name: 'billing.reconcile',
  input: ids.extend({ answers: z.custom<Answers>() }),
  async run(ctx, { advisorId, subscriptionId, answers }) {
    const row = await takeById(ctx, advisorId, subscriptionId)
    if (!row) return { output: null, unchanged: true }
    const reason = 'asked Razorpay'
    const parts = [
      answers.word
        ? await takeWord(ctx, row, answers.word)
        : await saveSubscription(ctx, row, endedOrder(row, ctx.now()), reason),
    ]
    for (const payment of answers.orderPayments) {
      const now = await takeById(ctx, advisorId, subscriptionId)
      if (now) parts.push(await takeOrderPayment(ctx, now, payment, reason))
    }
    for (const { payment, refund } of answers.refunds) parts.push(await recordRefund(ctx, payment, refund))
    const [first, ...rest] = parts.flatMap(({ audit }) => audit)
    const jobs = parts.flatMap((part) => part.jobs)
    // A look that found nothing new is no event; that it happened stands in the row.
    if (!first && jobs.length === 0) return { output: null, unchanged: true }
    const looked = {
      action: 'subscription.reconciled',
      objectType: 'subscription',
      objectId: subscriptionId,
      advisorId,
    }
    return { output: null, audit: first ? [first, ...rest] : looked, jobs }
  },
})

/** What is paid once has no word of Razorpay about its end: the clock says it. */
function endedOrder(row: SubscriptionRow, now: Date): Partial<SubscriptionRow> {
  if (row.payment !== 'order' || row.state !== 'active') return {}
  return row.paidUntil !== null && row.paidUntil <= now ? { state: 'completed' } : {}
}

/**
 * Compares a subscription with Razorpay and books what is missing. Everything that webhooks tell is found this way, too:
 * with none of them the outcome is the same, only later. Also carries out what was decided and not done yet: an opening
 * whose answer was lost, a cancellation, the end of a subscription that another one has replaced.
 *
 * @throws UpstreamError when Razorpay cannot be asked now
 */
export async function reconcileSubscription(caller: Ctx, input: z.input<typeof ids>): Promise<void> {
  const ctx = withinFirm(caller, input.advisorId)
  const row = await readRow(ctx, input)
  if (!row) return
  if (row.razorpayId === null) return resolveOpening(ctx, row)
  await record(ctx, { ...input, answers: await askRazorpay(ctx, row, row.razorpayId) })
  const now = await readRow(ctx, input)
  if (now) await retireSubscription(ctx, now)
}

async function readRow(ctx: Ctx, { advisorId, subscriptionId }: z.input<typeof ids>): Promise<SubscriptionRow | null> {
  const mine = and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, subscriptionId))
  const [row] = await ctx.db.read.select().from(subscriptions).where(mine)
  return row ?? null
}

/** A lost answer is resolved by our id in the notes; what is not there after a while was never made. */
async function resolveOpening(ctx: Ctx, row: SubscriptionRow): Promise<void> {
  if (isFinal(row.state)) return
  const found = await findAtRazorpay(ctx, row)
  const { advisorId, id: subscriptionId } = row
  if (found) {
    await recordOpening(ctx, { advisorId, subscriptionId, outcome: { kind: 'opened', ...found } })
    return reconcileSubscription(ctx, { advisorId, subscriptionId })
  }
  const gaveUp = ctx.now().getTime() - row.createdAt.getTime() >= NEVER_MADE_MS
  await recordOpening(ctx, { advisorId, subscriptionId, outcome: { kind: gaveUp ? 'failed' : 'unknown' } })
}

async function askRazorpay(ctx: Ctx, row: SubscriptionRow, razorpayId: string): Promise<Answers> {
  const { razorpay } = ctx.clients
  const booked = await ctx.db.read
    .select()
    .from(payments)
    .where(and(eq(payments.advisorId, row.advisorId), eq(payments.subscriptionId, row.id)))
    .orderBy(desc(payments.paidAt))
  const known = new Set(booked.map(({ razorpayPaymentId }) => razorpayPaymentId))
  const refunds = await askRefunds(ctx, booked)
  if (row.payment === 'order') {
    const made = await razorpay.orderPayments(razorpayId)
    return { word: null, refunds, orderPayments: made.filter(({ captured, id }) => captured && !known.has(id)) }
  }
  const subscription = await razorpay.subscription(razorpayId)
  if (!subscription) {
    ctx.log.error({ alert: 'billing.not_at_razorpay', advisorId: row.advisorId, subscriptionId: row.id }, 'not there')
    return { word: null, refunds, orderPayments: [] }
  }
  const paid: PaidPeriod[] = []
  for (const { paymentId, paid: isPaid, billingEnd } of await razorpay.invoices(razorpayId)) {
    if (!isPaid || paymentId === null) continue
    const payment = known.has(paymentId) ? bookedAlready(paymentId) : await razorpay.payment(paymentId)
    if (payment?.captured) paid.push({ payment, paidUntil: billingEnd })
  }
  const asOf = subscription.asOf ?? ctx.now()
  return { word: { how: 'asked', asOf, subscription, paid, reason: 'asked Razorpay' }, refunds, orderPayments: [] }
}

/** Stands for a payment that is booked: its id is all that is looked at. */
const bookedAlready = (id: string): RazorpayPayment => ({
  id,
  amountPaise: 0,
  currency: 'INR',
  captured: true,
  orderId: null,
  invoiceId: null,
  tokenId: null,
  method: null,
  refundedPaise: 0,
  createdAt: null,
})

/** Refunds that were made, or settled, without our hearing of it. */
async function askRefunds(ctx: Ctx, booked: PaymentRow[]): Promise<Answers['refunds']> {
  const since = ctx.now().getTime() - REFUNDS_LOOKED_AT_MS
  const recent = booked.filter(({ paidAt }) => paidAt.getTime() > since).slice(0, REFUNDS_LOOKED_AT)
  const all = await Promise.all(
    recent.map(async (payment) =>
      (await ctx.clients.razorpay.refunds(payment.razorpayPaymentId)).map((refund) => ({ payment, refund })),
    ),
  )
  return all.flat()
}

/** Job `billing.reconcile`. */
export const runReconciliation = (ctx: Ctx, payload: unknown) =>
  reconcileSubscription(ctx, reconcileJob.payload.parse(payload))
