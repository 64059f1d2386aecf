import { z } from 'zod'

/**
 * The parts of Razorpay's objects that we use, read loosely: unknown keys pass, fields that Razorpay leaves out count as
 * null, and quirks of its own samples are taken as they are meant. Times on the wire are whole seconds.
 */
const Seconds = z
  .int()
  .nullish()
  .transform((at) => (at == null ? null : new Date(at * 1_000)))
const Text = z
  .string()
  .nullish()
  .transform((text) => text || null)
const Count = z
  .int()
  .nullish()
  .transform((count) => count ?? 0)
const Paise = z.int().min(0)

/** Empty notes come as a list, filled ones as an object; what is not text is none of ours. */
const Notes = z.unknown().transform((notes): Record<string, string> => {
  if (typeof notes !== 'object' || notes === null || Array.isArray(notes)) return {}
  return Object.fromEntries(Object.entries(notes).filter((one): one is [string, string] => typeof one[1] === 'string'))
})

/** The statuses that Razorpay documents. One that it adds later fails to parse, and is looked at by people. */
export const VENDOR_STATUSES = [
  'created',
  'authenticated',
  'active',
  'pending',
  'halted',
  'paused',
  'cancelled',
  'completed',
  'expired',
] as const

export const RazorpaySubscription = z
  .object({
    id: z.string().min(1),
    plan_id: z.string(),
    status: z.enum(VENDOR_STATUSES),
    current_start: Seconds,
    current_end: Seconds,
    charge_at: Seconds,
    start_at: Seconds,
    ended_at: Seconds,
    auth_attempts: Count,
    total_count: Count,
    paid_count: Count,
    created_at: Seconds,
    short_url: Text,
    pause_initiated_by: Text,
    notes: Notes,
  })
  .transform((wire) => ({
    id: wire.id,
    planId: wire.plan_id,
    status: wire.status,
    currentStart: wire.current_start,
    currentEnd: wire.current_end,
    chargeAt: wire.charge_at,
    authAttempts: wire.auth_attempts,
    totalCount: wire.total_count,
    paidCount: wire.paid_count,
    createdAt: wire.created_at,
    shortUrl: wire.short_url,
    pausedByCustomer: wire.pause_initiated_by === 'customer',
    notes: wire.notes,
  }))
export type RazorpaySubscription = z.output<typeof RazorpaySubscription>

export const RazorpayPayment = z
  .object({
    id: z.string().min(1),
    amount: Paise,
    currency: z.string(),
    status: z.string(),
    order_id: Text,
    invoice_id: Text,
    token_id: Text,
    method: Text,
    amount_refunded: Paise.nullish().transform((paise) => paise ?? 0),
    created_at: Seconds,
  })
  .transform((wire) => ({
    id: wire.id,
    amountPaise: wire.amount,
    currency: wire.currency,
    // `captured` is true, "1" or absent and stands beside failures too: the status alone tells the truth.
    captured: wire.status === 'captured' || wire.status === 'refunded',
    orderId: wire.order_id,
    invoiceId: wire.invoice_id,
    tokenId: wire.token_id,
    method: wire.method,
    refundedPaise: wire.amount_refunded,
    createdAt: wire.created_at,
  }))
export type RazorpayPayment = z.output<typeof RazorpayPayment>

export const RazorpayInvoice = z
  .object({
    id: z.string().min(1),
    subscription_id: Text,
    payment_id: Text,
    order_id: Text,
    status: z.string(),
    billing_start: Seconds,
    billing_end: Seconds,
  })
  .transform((wire) => ({
    id: wire.id,
    subscriptionId: wire.subscription_id,
    paymentId: wire.payment_id,
    paid: wire.status === 'paid',
    billingStart: wire.billing_start,
    billingEnd: wire.billing_end,
  }))
export type RazorpayInvoice = z.output<typeof RazorpayInvoice>

const settledOr = (status: string): 'created' | 'processed' | 'failed' =>
  status === 'processed' || status === 'failed' ? status : 'created'

export const RazorpayRefund = z
  .object({
    id: z.string().min(1),
    payment_id: z.string().min(1),
    amount: Paise,
    status: z.string(),
    receipt: Text,
    created_at: Seconds,
    notes: Notes,
  })
  .transform((wire) => ({
    id: wire.id,
    paymentId: wire.payment_id,
    amountPaise: wire.amount,
    status: settledOr(wire.status),
    receipt: wire.receipt,
    createdAt: wire.created_at,
    notes: wire.notes,
  }))
export type RazorpayRefund = z.output<typeof RazorpayRefund>

export const RazorpayPlan = z
  .object({ id: z.string().min(1), item: z.object({ amount: Paise }), notes: Notes })
  .transform((wire) => ({ id: wire.id, amountPaise: wire.item.amount, notes: wire.notes }))
export type RazorpayPlan = z.output<typeof RazorpayPlan>

export const RazorpayOrder = z
  .object({
    id: z.string().min(1),
    amount: Paise,
    status: z.string(),
    receipt: Text,
    created_at: Seconds,
    notes: Notes,
  })
  .transform((wire) => ({
    id: wire.id,
    amountPaise: wire.amount,
    paid: wire.status === 'paid',
    receipt: wire.receipt,
    createdAt: wire.created_at,
    notes: wire.notes,
  }))
export type RazorpayOrder = z.output<typeof RazorpayOrder>

export const collectionOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })
