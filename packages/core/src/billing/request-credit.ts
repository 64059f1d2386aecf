import { schema } from '@pramaan/db'
import type { CommandCtx } from '../platform/context.ts'
import { refundJob } from './jobs.ts'
import type { Consequences } from './save-subscription.ts'

/** Money that the product itself owes a firm, without anybody asking for it: a refund that a job sends. */
export async function requestCredit(
  ctx: CommandCtx,
  credit: { advisorId: string; razorpayPaymentId: string; creditPaise: number; reason: string },
): Promise<Consequences> {
  const { advisorId, razorpayPaymentId, creditPaise, reason } = credit
  const refundId = ctx.newId()
  await ctx.tx.insert(schema.refunds).values({
    advisorId,
    id: refundId,
    razorpayPaymentId,
    amountPaise: creditPaise,
    reason,
    state: 'requested',
    nextLookAt: ctx.now(),
    updatedAt: ctx.now(),
  })
  const about = { objectType: 'refund', objectId: refundId, advisorId }
  const detail = { payment: razorpayPaymentId, amountPaise: creditPaise }
  return {
    audit: [{ action: 'refund.requested', ...about, reason, detail }],
    jobs: [refundJob.with({ advisorId, refundId }, { groupId: advisorId })],
  }
}
