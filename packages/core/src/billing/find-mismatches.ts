import { type Db, schema } from '@pramaan/db'
import type { MismatchesView } from '@pramaan/shared'
import { and, gte, inArray, isNotNull, lte, sum } from 'drizzle-orm'
import { z } from 'zod'
import type { RazorpayPayment } from '../clients/razorpay/index.ts'
import type { Ctx } from '../platform/context.ts'
import { steps } from '../platform/use-case.ts'

const { payments, refunds, subscriptions } = schema

type Mismatch = MismatchesView['items'][number]

/** `compareWithRazorpay`, for an administrator. */
export const findMismatches = steps({
  name: 'billing.find_mismatches',
  input: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
  run: (ctx, { from, to }) => compareWithRazorpay(ctx, { from: new Date(from), to: new Date(to) }),
})

/**
 * Compares what Razorpay took in some days with what is booked here, in both directions. Only reads: what is missing is
 * brought in by reconciliation or by driving an event again. Payments of mandates that set up a later start, which
 * Razorpay gives back by itself, belong to no invoice and to no order of ours, and are left out.
 *
 * @throws UpstreamError when Razorpay cannot be asked
 */
export async function compareWithRazorpay(ctx: Ctx, period: { from: Date; to: Date }): Promise<MismatchesView> {
  // Razorpay counts in whole seconds: the same ones are looked at here.
  const second = (time: Date, round: (seconds: number) => number) => new Date(round(time.getTime() / 1_000) * 1_000)
  const days = { from: second(period.from, Math.floor), to: second(period.to, Math.ceil) }
  const theirs = (await ctx.clients.razorpay.payments(days)).filter(({ captured }) => captured)
  const within = and(gte(payments.paidAt, days.from), lte(payments.paidAt, days.to))
  const ours = await ctx.db.read.select().from(payments).where(within)
  const booked = new Map(ours.map((payment) => [payment.razorpayPaymentId, payment]))
  const orders = await ourOrders(ctx.db, theirs)
  const given = await givenBack(ctx.db, [...booked.keys()])
  const items: Mismatch[] = []
  for (const payment of theirs) {
    const mine = booked.get(payment.id)
    booked.delete(payment.id)
    const about = { razorpayId: payment.id, advisorId: mine?.advisorId ?? null }
    if (!mine) {
      const isBusiness = payment.invoiceId !== null || orders.has(payment.orderId ?? '')
      if (isBusiness)
        items.push({ kind: 'payment_not_booked', ...about, ours: null, theirs: rupees(payment.amountPaise) })
      continue
    }
    const back = given.get(payment.id) ?? 0
    if (mine.amountPaise !== payment.amountPaise) {
      items.push({
        kind: 'amount_differs',
        ...about,
        ours: rupees(mine.amountPaise),
        theirs: rupees(payment.amountPaise),
      })
    }
    if (back !== payment.refundedPaise) {
      items.push({ kind: 'refund_differs', ...about, ours: rupees(back), theirs: rupees(payment.refundedPaise) })
    }
  }
  for (const { razorpayPaymentId, advisorId, amountPaise } of booked.values()) {
    const about = { razorpayId: razorpayPaymentId, advisorId }
    items.push({ kind: 'payment_not_at_razorpay', ...about, ours: rupees(amountPaise), theirs: null })
  }
  return { checked: theirs.length, items }
}

const rupees = (paise: number) => `${paise} paise`

async function ourOrders(db: Db, theirs: RazorpayPayment[]): Promise<Set<string>> {
  const ids = theirs.map(({ orderId }) => orderId).filter((id) => id !== null)
  if (ids.length === 0) return new Set()
  const rows = await db.read
    .select({ id: subscriptions.razorpayId })
    .from(subscriptions)
    .where(and(isNotNull(subscriptions.razorpayId), inArray(subscriptions.razorpayId, ids)))
  return new Set(rows.map(({ id }) => String(id)))
}

/** What went back of each payment, or is on its way. */
async function givenBack(db: Db, paymentIds: string[]): Promise<Map<string, number>> {
  if (paymentIds.length === 0) return new Map()
  const rows = await db.read
    .select({ id: refunds.razorpayPaymentId, paise: sum(refunds.amountPaise) })
    .from(refunds)
    .where(and(inArray(refunds.razorpayPaymentId, paymentIds), inArray(refunds.state, ['created', 'processed'])))
    .groupBy(refunds.razorpayPaymentId)
  return new Map(rows.map(({ id, paise }) => [id, Number(paise)]))
}
