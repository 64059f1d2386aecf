import { schema } from '@pramaan/db'
import { type RefundView, RequestRefundInput } from '@pramaan/shared'
import { and, eq, notInArray, sum } from 'drizzle-orm'
import { z } from 'zod'
import { requireStepUp } from '../identity/index.ts'
import { type CommandCtx, userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { refundJob } from './jobs.ts'
import { lockBilling } from './queries.ts'

const { payments, refunds } = schema

type RefundRow = typeof refunds.$inferSelect

/** Above this a second administrator decides, in paise. */
const SECOND_PERSON_ABOVE_PAISE = 500_000

const viewOf = (row: RefundRow): RefundView => ({
  id: row.id,
  advisorId: row.advisorId,
  razorpayPaymentId: row.razorpayPaymentId,
  amountPaise: row.amountPaise,
  reason: row.reason,
  state: row.state,
})

/** What of a payment is not given back, or about to be. */
async function leftOf(ctx: CommandCtx, advisorId: string, razorpayPaymentId: string): Promise<number> {
  const ofPayment = and(eq(payments.advisorId, advisorId), eq(payments.razorpayPaymentId, razorpayPaymentId))
  const [payment] = await ctx.tx.select().from(payments).where(ofPayment)
  if (!payment) throw notFound('payment')
  const mine = and(eq(refunds.advisorId, advisorId), eq(refunds.razorpayPaymentId, razorpayPaymentId))
  const counted = and(mine, notInArray(refunds.state, ['failed', 'refused']))
  const [given] = await ctx.tx
    .select({ paise: sum(refunds.amountPaise) })
    .from(refunds)
    .where(counted)
  return payment.amountPaise - Number(given?.paise ?? 0)
}

/** Gives money back, with a reason. Above a limit it waits for the decision of a second administrator. */
export const requestRefund = command({
  name: 'refund.request',
  input: RequestRefundInput,
  async run(ctx, { advisorId, razorpayPaymentId, amountPaise, reason }) {
    requireStepUp(ctx)
    await lockBilling(ctx, advisorId)
    const left = await leftOf(ctx, advisorId, razorpayPaymentId)
    if (amountPaise > left) {
      throw new AppError('conflict', `Of this payment ${left} paise are left to give back.`)
    }
    const waits = amountPaise > SECOND_PERSON_ABOVE_PAISE
    const [row] = await ctx.tx
      .insert(refunds)
      .values({
        advisorId,
        id: ctx.newId(),
        razorpayPaymentId,
        amountPaise,
        reason,
        state: waits ? 'awaiting_approval' : 'requested',
        requestedBy: userIdOf(ctx),
        nextLookAt: waits ? null : ctx.now(),
        updatedAt: ctx.now(),
      })
      .returning()
    if (!row) throw new Error('an insert without a row')
    const about = { objectType: 'refund', objectId: row.id, advisorId }
    return {
      output: viewOf(row),
      audit: {
        action: 'refund.requested',
        ...about,
        to: row.state,
        reason,
        detail: { payment: razorpayPaymentId, amountPaise },
      },
      jobs: waits ? [] : [refundJob.with({ advisorId, refundId: row.id }, { groupId: advisorId })],
    }
  },
})

/** The decision of the second person about a refund above the limit; never of the one who asked for it. */
export const decideRefund = command({
  name: 'refund.decide',
  input: z.strictObject({ advisorId: z.uuid(), id: z.uuid(), approve: z.boolean() }),
  async run(ctx, { advisorId, id, approve }) {
    requireStepUp(ctx)
    await lockBilling(ctx, advisorId)
    const mine = and(eq(refunds.advisorId, advisorId), eq(refunds.id, id))
    const [row] = await ctx.tx.select().from(refunds).where(mine)
    if (!row) throw notFound('refund')
    if (row.state !== 'awaiting_approval') throw new AppError('invalid_state', `This refund is ${row.state} already.`)
    const about = { objectType: 'refund', objectId: id, advisorId }
    if (row.requestedBy === userIdOf(ctx)) {
      throw new AppError('forbidden', 'A refund of this size is decided by somebody other than who asked for it.', {
        refusal: { action: 'refund.decide_refused', ...about, reason: 'second person' },
      })
    }
    const state = approve ? ('requested' as const) : ('refused' as const)
    const nextLookAt = approve ? ctx.now() : null
    const decided = { state, decidedBy: userIdOf(ctx), nextLookAt, updatedAt: ctx.now() }
    await ctx.tx.update(refunds).set(decided).where(mine)
    return {
      output: viewOf({ ...row, state }),
      audit: { action: approve ? 'refund.approved' : 'refund.refused', ...about, from: row.state, to: state },
      jobs: approve ? [refundJob.with({ advisorId, refundId: id }, { groupId: advisorId })] : [],
    }
  },
})
