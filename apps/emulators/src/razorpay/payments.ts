import type { Gateway } from './gateway.ts'
import { badRequest, conflict, noSuchId } from './razorpay-error.ts'
import type { Account, Invoice, Method, Notes, Order, Payment, Refund } from './state.ts'

const METHOD_NAMES: Record<Method, string> = {
  card_domestic: 'card',
  card_intl: 'card',
  upi: 'upi',
  emandate: 'emandate',
}

/** Makes an order of one's own account. */
export function createOrder(
  gateway: Gateway,
  account: string,
  input: { amount: number; currency: string; receipt?: string | undefined; notes: Notes },
): Order {
  const { amount, currency, receipt = null, notes } = input
  const wire: Order['wire'] = {
    id: gateway.ids.next('order'),
    entity: 'order',
    amount,
    amount_paid: 0,
    amount_due: amount,
    currency,
    receipt,
    offer_id: null,
    status: 'created',
    attempts: 0,
    notes,
    created_at: gateway.now(account),
  }
  const order = { account, wire }
  gateway.state.orders.set(wire.id, order)
  return order
}

/** Somebody pays, or tries to. A failed try is told as `payment.failed`. */
export function makePayment(
  gateway: Gateway,
  account: string,
  what: { amount: number; order: Order; invoice?: Invoice; method: Method; tokenId?: string | null; ok: boolean },
): Payment {
  const { amount, order, invoice, method, ok } = what
  const wire: Payment['wire'] = {
    id: gateway.ids.next('pay'),
    entity: 'payment',
    amount,
    currency: 'INR',
    status: ok ? 'captured' : 'failed',
    order_id: order.wire.id,
    invoice_id: invoice?.wire.id ?? null,
    international: method === 'card_intl',
    method: METHOD_NAMES[method],
    amount_refunded: 0,
    refund_status: null,
    captured: ok,
    description: invoice ? 'Recurring Payment via Subscription' : null,
    token_id: what.tokenId ?? null,
    email: 'customer@example.test',
    contact: '+919810012345',
    notes: [],
    fee: ok ? Math.round(amount * 0.0236) : null,
    tax: ok ? Math.round(amount * 0.0036) : null,
    error_code: ok ? null : 'BAD_REQUEST_ERROR',
    error_description: ok ? null : 'Your payment could not be completed due to insufficient account balance.',
    error_reason: ok ? null : 'insufficient_funds',
    created_at: gateway.now(account),
  }
  const payment = { account, wire }
  gateway.state.payments.set(wire.id, payment)
  order.wire.attempts++
  if (!ok) {
    gateway.webhooks.emit(account, 'payment.failed', { payment: wire })
    return payment
  }
  Object.assign(order.wire, { status: 'paid', amount_paid: amount, amount_due: 0 })
  const { webhooks } = gateway
  webhooks.emit(account, 'payment.authorized', { payment: { ...wire, status: 'authorized', captured: true } })
  webhooks.emit(account, 'payment.captured', { payment: { ...wire } })
  webhooks.emit(account, 'order.paid', { payment: { ...wire }, order: { ...order.wire } })
  if (invoice) {
    const paidAt = gateway.now(account)
    Object.assign(invoice.wire, { status: 'paid', payment_id: wire.id, amount_paid: amount, amount_due: 0 })
    invoice.wire.paid_at = paidAt
    webhooks.emit(account, 'invoice.paid', {
      payment: { ...wire },
      order: { ...order.wire },
      invoice: { ...invoice.wire },
    })
  }
  return payment
}

/** POST /v1/payments/:id/refund. The key makes a repetition harmless: `X-Refund-Idempotency`. */
export function createRefund(
  gateway: Gateway,
  account: Account,
  paymentId: string,
  input: { amount?: number | undefined; speed: string; receipt?: string | undefined; notes: Notes },
  key: string | undefined,
): Refund {
  const payment = gateway.state.payments.get(paymentId)
  if (payment?.account !== account.id) throw noSuchId()
  const requestBody = JSON.stringify({ paymentId, ...input })
  const earlier = key && [...gateway.state.refunds.values()].find((one) => one.idempotencyKey === key)
  if (earlier) {
    if (earlier.requestBody === requestBody) return earlier
    throw conflict('Different request with the same idempotency key has already been processed.')
  }
  const left = payment.wire.amount - payment.wire.amount_refunded
  const amount = input.amount ?? left
  if (payment.wire.status !== 'captured')
    throw badRequest('The payment status should be captured for action to be taken')
  if (amount > left) throw badRequest('The total refund amount is greater than the refund payment amount', 'amount')
  const wire: Refund['wire'] = {
    id: gateway.ids.next('rfnd'),
    entity: 'refund',
    amount,
    currency: 'INR',
    payment_id: paymentId,
    notes: input.notes,
    receipt: input.receipt ?? null,
    acquirer_data: { arn: null },
    created_at: gateway.now(account.id),
    batch_id: null,
    status: 'pending',
    speed_processed: 'normal',
    speed_requested: input.speed,
  }
  const refund = { account: account.id, wire, idempotencyKey: key ?? null, requestBody }
  gateway.state.refunds.set(wire.id, refund)
  countRefund(payment, amount)
  gateway.webhooks.emit(account.id, 'refund.created', { refund: { ...wire }, payment: { ...payment.wire } })
  if (gateway.options.auto) gateway.clock.schedule(account.id, 1_000, () => settleRefund(gateway, refund, 'processed'))
  return refund
}

function countRefund(payment: Payment, by: number): void {
  const { wire } = payment
  wire.amount_refunded += by
  wire.refund_status = wire.amount_refunded === 0 ? null : wire.amount_refunded === wire.amount ? 'full' : 'partial'
  wire.status = wire.refund_status === 'full' ? 'refunded' : 'captured'
}

/** What the bank made of a refund. */
export function settleRefund(gateway: Gateway, refund: Refund, result: 'processed' | 'failed'): void {
  const payment = gateway.state.payments.get(refund.wire.payment_id)
  if (refund.wire.status !== 'pending' || !payment) throw badRequest('The refund is settled already.')
  refund.wire.status = result
  if (result === 'failed') countRefund(payment, -refund.wire.amount)
  gateway.webhooks.emit(refund.account, `refund.${result}`, {
    refund: { ...refund.wire },
    payment: { ...payment.wire },
  })
}
