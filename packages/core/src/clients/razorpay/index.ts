import type {
  RazorpayInvoice,
  RazorpayOrder,
  RazorpayPayment,
  RazorpayPlan,
  RazorpayRefund,
  RazorpaySubscription,
} from './wire.ts'

export { createRazorpayClient } from './client.ts'
export {
  RazorpayInvoice,
  RazorpayOrder,
  RazorpayPayment,
  RazorpayPlan,
  RazorpayRefund,
  RazorpaySubscription,
  VENDOR_STATUSES,
} from './wire.ts'

type Notes = Record<string, string>

/**
 * Razorpay's API. Amounts are paise, GST included. Every method that calls out throws UpstreamError; reads by id give
 * null for what Razorpay does not know.
 */
export interface RazorpayClient {
  /** Public: the browser's checkout needs it. */
  readonly keyId: string
  /** HMAC-SHA256 of the raw body, hex (razorpay.com, "Validate webhooks"); the previous secret holds during a rotation. */
  verifyWebhookSignature(rawBody: string | Buffer, signature: string): boolean
  /** `message` is `payment|subscription` or `order|payment`, with our own ids (razorpay.com, "Subscriptions integration"). */
  verifyCheckoutSignature(message: string, signature: string): boolean

  plans(): Promise<RazorpayPlan[]>
  createPlan(plan: {
    name: string
    period: 'monthly' | 'yearly'
    amountPaise: number
    notes: Notes
  }): Promise<RazorpayPlan>
  /** Not repeatable: two calls make two. Search by our id in the notes before calling again. */
  createSubscription(subscription: {
    planId: string
    totalCount: number
    startAt: Date | null
    expireBy: Date
    notes: Notes
  }): Promise<RazorpaySubscription>
  subscriptions(filter: { planId: string; from: Date }): Promise<RazorpaySubscription[]>
  /** `asOf`: Razorpay's own time of this answer, in whole seconds. */
  subscription(id: string): Promise<(RazorpaySubscription & { asOf: Date | null }) | null>
  cancelSubscription(id: string, options: { atCycleEnd: boolean }): Promise<RazorpaySubscription>
  pauseSubscription(id: string): Promise<RazorpaySubscription>
  resumeSubscription(id: string): Promise<RazorpaySubscription>

  invoices(subscriptionId: string): Promise<RazorpayInvoice[]>
  invoice(id: string): Promise<RazorpayInvoice | null>
  payment(id: string): Promise<RazorpayPayment | null>
  payments(made: { from: Date; to: Date }): Promise<RazorpayPayment[]>

  /** Not repeatable: search by `receipt` before calling again. */
  createOrder(order: { amountPaise: number; receipt: string; notes: Notes }): Promise<RazorpayOrder>
  orders(receipt: string): Promise<RazorpayOrder[]>
  orderPayments(orderId: string): Promise<RazorpayPayment[]>

  /** Repeatable with the same key and body. A refund still under way there is answered 409: try again. */
  refund(refund: {
    paymentId: string
    amountPaise: number
    receipt: string
    notes: Notes
    idempotencyKey: string
  }): Promise<RazorpayRefund>
  refunds(paymentId: string): Promise<RazorpayRefund[]>
}
