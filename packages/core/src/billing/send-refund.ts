import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { RazorpayRefund } from '../clients/razorpay/index.ts'
import { type Ctx, withinFirm } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { recordRefund } from './book-refund.ts'
import { refundJob } from './jobs.ts'
import { lockBilling } from './queries.ts'

const { payments, refunds } = schema

/** When a refund under way is asked about again without any word. */
const LOOK_AGAIN_MS = 6 * 3_600_000

const record = command({
  name: 'refund.record',
  input: z.strictObject({
    advisorId: z.uuid(),
    refundId: z.uuid(),
    answer: z.union([z.custom<RazorpayRefund>(), z.literal('refused')]),
  }),
  async run(ctx, { advisorId, refundId, answer }) {
    await lockBilling(ctx, advisorId)
    const mine = and(eq(refunds.advisorId, advisorId), eq(refunds.id, refundId))
    const [row] = await ctx.tx.select().from(refunds).where(mine)
    if (!row || (row.state !== 'requested' && row.state !== 'created')) return { output: null, unchanged: true }
    const about = { objectType: 'refund', objectId: refundId, advisorId }
    if (answer === 'refused') {
      await ctx.tx.update(refunds).set({ state: 'failed', nextLookAt: null, updatedAt: ctx.now() }).where(mine)
      ctx.log.error({ alert: 'billing.refund_failed', advisorId, refundId }, 'Razorpay refused a refund')
      return { output: null, audit: { action: 'refund.failed', ...about, from: row.state, to: 'failed' } }
    }
    const nextLookAt = new Date(ctx.now().getTime() + LOOK_AGAIN_MS)
    await ctx.tx.update(refunds).set({ nextLookAt, updatedAt: ctx.now() }).where(mine)
    const ofPayment = and(eq(payments.advisorId, advisorId), eq(payments.razorpayPaymentId, row.razorpayPaymentId))
    const [payment] = await ctx.tx.select().from(payments).where(ofPayment)
    if (!payment) throw new Error('a refund of a payment that was never booked')
    const { audit, jobs } = await recordRefund(ctx, payment, answer)
    const [first, ...rest] = audit
    return first ? { output: null, audit: [first, ...rest], jobs } : { output: null, unchanged: true }
  },
})

/**
 * Job `billing.refund`: sends a refund, or sends it once more to learn what became of it. Our id is the idempotency key
 * at Razorpay, so a lost answer is resolved by the very same call.
 *
 * @throws UpstreamError when Razorpay cannot be told now
 */
export async function sendRefund(caller: Ctx, payload: unknown): Promise<void> {
  const { advisorId, refundId } = refundJob.payload.parse(payload)
  const ctx = withinFirm(caller, advisorId)
  const mine = and(eq(refunds.advisorId, advisorId), eq(refunds.id, refundId))
  const [row] = await ctx.db.read.select().from(refunds).where(mine)
  if (row?.state !== 'requested' && row?.state !== 'created') return
  const known = row.razorpayRefundId
  const { razorpayPaymentId: paymentId, amountPaise } = row
  const { razorpay } = ctx.clients
  const notes = { pramaan_refund: refundId }
  const send = () => razorpay.refund({ paymentId, amountPaise, receipt: refundId, notes, idempotencyKey: refundId })
  try {
    const all = known === null ? null : await razorpay.refunds(paymentId)
    const answer = all?.find(({ id }) => id === known) ?? (await send())
    await record(ctx, { advisorId, refundId, answer })
  } catch (error) {
    const isRefused = error instanceof UpstreamError && !error.retryable && !error.outcomeUnknown
    if (!isRefused) throw error
    await record(ctx, { advisorId, refundId, answer: 'refused' })
  }
}
