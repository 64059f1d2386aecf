import { schema } from '@pramaan/db'
import { and, eq, or, sql } from 'drizzle-orm'
import type { RazorpayRefund } from '../clients/razorpay/index.ts'
import { noticeJob } from '../identity/index.ts'
import type { CommandCtx } from '../platform/context.ts'
import { book } from './book.ts'
import { issueDocument, placesOf, readDocument } from './issue-document.ts'
import type { PaymentRow } from './queries.ts'
import { splitGst } from './rules/gst.ts'
import type { Consequences } from './save-subscription.ts'

const { refunds } = schema

type RefundRow = typeof refunds.$inferSelect

const OPEN = ['awaiting_approval', 'requested', 'created'] as const

/**
 * Records what Razorpay says of a refund of one of our payments; one that somebody made in its dashboard gets a row, too.
 * It is booked, with its credit note, once it is processed. What is settled stays as it is, so that the order of the
 * words does not matter. The firm's billing is locked.
 */
export async function recordRefund(
  ctx: CommandCtx,
  payment: PaymentRow,
  refund: RazorpayRefund,
): Promise<Consequences> {
  const { advisorId } = payment
  const row = (await findRow(ctx, advisorId, refund)) ?? (await addRow(ctx, payment, refund))
  if (!OPEN.some((state) => state === row.state)) return { audit: [], jobs: [] }
  if (row.state === refund.status && row.razorpayRefundId !== null) return { audit: [], jobs: [] }
  await ctx.tx
    .update(refunds)
    .set({
      state: refund.status,
      razorpayRefundId: refund.id,
      nextLookAt: refund.status === 'created' ? row.nextLookAt : null,
      updatedAt: ctx.now(),
    })
    .where(and(eq(refunds.advisorId, advisorId), eq(refunds.id, row.id)))
  const entry = {
    action: `refund.${refund.status}`,
    objectType: 'refund',
    objectId: row.id,
    advisorId,
    from: row.state,
    to: refund.status,
    detail: { payment: payment.razorpayPaymentId, refund: refund.id, amountPaise: refund.amountPaise },
  }
  if (refund.status === 'failed') {
    ctx.log.error({ alert: 'billing.refund_failed', advisorId, refundId: row.id }, 'a refund failed')
    const notice = { kind: 'notice' as const, topic: 'refund_failed' as const, noticeId: ctx.newId() }
    return { audit: [entry], jobs: [noticeJob.with({ ...notice, advisorId, objectId: row.id })] }
  }
  if (refund.status !== 'processed') return { audit: [entry], jobs: [] }
  const booked = await bookRefund(ctx, payment, refund)
  return { audit: [entry, ...booked.audit], jobs: booked.jobs }
}

/** By Razorpay's id, or by ours, which went out as the receipt. */
async function findRow(ctx: CommandCtx, advisorId: string, refund: RazorpayRefund): Promise<RefundRow | null> {
  const ours = refund.receipt === null ? undefined : eq(sql`${refunds.id}::text`, refund.receipt)
  const [row] = await ctx.tx
    .select()
    .from(refunds)
    .where(and(eq(refunds.advisorId, advisorId), or(eq(refunds.razorpayRefundId, refund.id), ours)))
  return row ?? null
}

async function addRow(ctx: CommandCtx, payment: PaymentRow, refund: RazorpayRefund): Promise<RefundRow> {
  const [row] = await ctx.tx
    .insert(refunds)
    .values({
      advisorId: payment.advisorId,
      id: ctx.newId(),
      razorpayPaymentId: payment.razorpayPaymentId,
      amountPaise: refund.amountPaise,
      reason: 'made at Razorpay',
      state: 'requested',
      updatedAt: ctx.now(),
    })
    .returning()
  if (!row) throw new Error('an insert without a row')
  return row
}

async function bookRefund(ctx: CommandCtx, payment: PaymentRow, refund: RazorpayRefund): Promise<Consequences> {
  const { advisorId } = payment
  const source = `refund:${refund.id}`
  const against = await readDocument(ctx, advisorId, `payment:${payment.razorpayPaymentId}`)
  const places = await placesOf(ctx, advisorId)
  const supply = against?.placeOfSupply.stateCode ?? places.supply
  const split = splitGst(refund.amountPaise, { supplier: places.supplier, supply })
  await book(ctx, { advisorId, source, direction: 'out', split, occurredAt: refund.createdAt ?? ctx.now() })
  const description = `Refund of ${against?.lines[0]?.description ?? payment.razorpayPaymentId}`
  return issueDocument(ctx, {
    advisorId,
    kind: 'credit_note',
    source,
    description,
    payment: payment.razorpayPaymentId,
    split,
    against,
  })
}
