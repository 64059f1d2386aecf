/**
 * The events that Razorpay documents (razorpay.com, "Webhook events"), and what each one means here. An event that is
 * not in the table is parked, and people are told.
 */
export type EventMeaning =
  /** The subscription in it is Razorpay's word. `charged`: with a payment beside it, the period is paid. */
  | 'subscription'
  | 'charged'
  /** A payment of an invoice, an order, or something that we have to look up. */
  | 'payment'
  | 'refund'
  /** What a customer did to the mandate: Razorpay is asked what that means for the subscription. */
  | 'mandate'
  /** Somebody disputes a payment: people are told. */
  | 'alert'
  /** Nothing for us: the same is said better elsewhere. */
  | 'nothing'

export const EVENTS: Record<string, EventMeaning> = {
  'subscription.authenticated': 'subscription',
  'subscription.activated': 'charged',
  'subscription.charged': 'charged',
  'subscription.completed': 'charged',
  'subscription.updated': 'subscription',
  'subscription.pending': 'subscription',
  'subscription.halted': 'subscription',
  'subscription.cancelled': 'subscription',
  'subscription.paused': 'subscription',
  'subscription.resumed': 'subscription',
  'payment.captured': 'payment',
  'order.paid': 'payment',
  'invoice.paid': 'payment',
  'refund.created': 'refund',
  'refund.processed': 'refund',
  'refund.failed': 'refund',
  'token.paused': 'mandate',
  'token.cancelled': 'mandate',
  'payment.dispute.created': 'alert',
  'payment.dispute.won': 'alert',
  'payment.dispute.lost': 'alert',
  'payment.dispute.closed': 'alert',
  'payment.dispute.under_review': 'alert',
  'payment.dispute.action_required': 'alert',
  'payment.authorized': 'nothing',
  'payment.failed': 'nothing',
  'payment.downtime.started': 'nothing',
  'payment.downtime.updated': 'nothing',
  'payment.downtime.resolved': 'nothing',
  'invoice.partially_paid': 'nothing',
  'invoice.expired': 'nothing',
  'refund.speed_changed': 'nothing',
  'token.confirmed': 'nothing',
  'token.rejected': 'nothing',
  'order.notification.delivered': 'nothing',
  'order.notification.failed': 'nothing',
}
