import type { Gateway } from './gateway.ts'
import { move } from './move.ts'
import { createOrder, makePayment } from './payments.ts'
import { badRequest } from './razorpay-error.ts'
import type { Invoice, Method, Outcome, Plan, Subscription } from './state.ts'

const DAY_S = 86_400
/** The charge and its retries on the three days after it. */
const MAX_ATTEMPTS = 4
/** The most that a mandate on UPI or a domestic card is debited without the bank asking anew (RBI), in paise. */
const MANDATE_LIMIT = 1_500_000
/** What a mandate with a later start costs to set up; it is given back. */
const TOKEN_AMOUNT = 500

const MONTHS = { monthly: 1, quarterly: 3, yearly: 12 } as const

/** Seconds of the end of a cycle that begins at `from`, `count` cycles later. */
export function endOfCycle({ wire: { period, interval } }: Plan, from: number, count = 1): number {
  const steps = interval * count
  if (period === 'daily' || period === 'weekly') return from + steps * DAY_S * (period === 'weekly' ? 7 : 1)
  const date = new Date(from * 1_000)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + steps * MONTHS[period])
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime() / 1_000
}

const planOf = (gateway: Gateway, { wire }: Subscription): Plan => {
  const plan = gateway.state.plans.get(wire.plan_id)
  if (!plan) throw new Error('a subscription without a plan')
  return plan
}

const priceOf = (gateway: Gateway, subscription: Subscription) =>
  planOf(gateway, subscription).wire.item.amount * subscription.wire.quantity

/** Orders the clock to look at a subscription when its next turn is due. */
export function planNext(gateway: Gateway, subscription: Subscription): void {
  const { account, wire, landing } = subscription
  const delay = (at: number) => Math.max(0, at * 1_000 - gateway.clock.now(account))
  const ends = wire.status === 'created' ? [wire.start_at, wire.expire_by].filter((at) => at !== null) : []
  const at = wire.status === 'created' ? Math.min(...ends) : wire.charge_at
  if (at !== null && Number.isFinite(at)) gateway.clock.schedule(account, delay(at), () => turn(gateway, subscription))
  if (landing) gateway.clock.schedule(account, delay(landing.at), () => land(gateway, subscription))
}

/** What the clock does with a subscription whose time has come. */
function turn(gateway: Gateway, subscription: Subscription): void {
  const { wire } = subscription
  const now = gateway.now(subscription.account)
  if (wire.status === 'created') {
    const due = [wire.start_at, wire.expire_by].some((at) => at !== null && at <= now)
    if (due) move(gateway, subscription, 'expire', { ended_at: now, charge_at: null })
    return
  }
  if (wire.charge_at === null || wire.charge_at > now) return
  if (wire.status === 'pending') retry(gateway, subscription)
  else if (subscription.cancelAtCycleEnd) move(gateway, subscription, 'cancel', { ended_at: now, charge_at: null })
  else if (wire.remaining_count === 0) move(gateway, subscription, 'run_out', { ended_at: now, charge_at: null })
  else if (wire.status !== 'paused') charge(gateway, subscription, wire.charge_at)
  planNext(gateway, subscription)
}

function charge(gateway: Gateway, subscription: Subscription, start: number): void {
  const { wire } = subscription
  if (subscription.scheduledPlan !== null) {
    Object.assign(wire, {
      plan_id: subscription.scheduledPlan,
      has_scheduled_changes: false,
      change_scheduled_at: null,
    })
    subscription.scheduledPlan = null
  }
  const end = endOfCycle(planOf(gateway, subscription), start)
  const cycle = { current_start: start, current_end: end, charge_at: end, remaining_count: wire.remaining_count - 1 }
  if (wire.status === 'authenticated') move(gateway, subscription, 'start', cycle)
  else Object.assign(wire, cycle)
  const invoice = issueInvoice(gateway, subscription)
  // While halted, invoices are issued and nobody is charged.
  if (wire.status !== 'halted') collect(gateway, subscription, invoice)
}

function issueInvoice(gateway: Gateway, subscription: Subscription): Invoice {
  const { account, wire } = subscription
  const amount = priceOf(gateway, subscription)
  const order = createOrder(gateway, account, { amount, currency: 'INR', notes: [] })
  const now = gateway.now(account)
  const invoice: Invoice = {
    account,
    wire: {
      id: gateway.ids.next('inv'),
      entity: 'invoice',
      receipt: null,
      invoice_number: null,
      customer_id: wire.customer_id,
      order_id: order.wire.id,
      payment_id: null,
      status: 'issued',
      issued_at: now,
      paid_at: null,
      date: now,
      gross_amount: amount,
      tax_amount: 0,
      taxable_amount: amount,
      amount,
      amount_paid: 0,
      amount_due: amount,
      currency: 'INR',
      notes: [],
      billing_start: wire.current_start ?? now,
      billing_end: wire.current_end ?? now,
      type: 'invoice',
      created_at: now,
      subscription_id: wire.id,
    },
  }
  gateway.state.invoices.set(invoice.wire.id, invoice)
  return invoice
}

/** Takes the money of an invoice, by what the test ordered for it. */
function collect(gateway: Gateway, subscription: Subscription, invoice: Invoice): void {
  const next: Outcome = subscription.outcomes.shift() ?? { outcome: 'success' }
  if (next.outcome === 'success') paid(gateway, subscription, invoice)
  else if (next.outcome === 'fail') failed(gateway, subscription, invoice)
  else {
    subscription.landing = {
      invoiceId: invoice.wire.id,
      at: gateway.now(subscription.account) + next.days * DAY_S,
    }
  }
}

function land(gateway: Gateway, subscription: Subscription): void {
  const { landing } = subscription
  if (!landing || landing.at > gateway.now(subscription.account)) return
  subscription.landing = null
  const invoice = gateway.state.invoices.get(landing.invoiceId)
  if (invoice) paid(gateway, subscription, invoice)
}

function pay(gateway: Gateway, { account, method, tokenId }: Subscription, invoice: Invoice, ok: boolean) {
  const order = gateway.state.orders.get(invoice.wire.order_id)
  if (!order) throw new Error('an invoice without an order')
  const { amount } = invoice.wire
  return makePayment(gateway, account, { amount, order, invoice, method: method ?? 'card_domestic', tokenId, ok })
}

function paid(gateway: Gateway, subscription: Subscription, invoice: Invoice): void {
  const { wire } = subscription
  const payment = pay(gateway, subscription, invoice, true)
  const counts = { paid_count: wire.paid_count + 1, auth_attempts: 0 }
  // Money that lands after the end moves nothing any more.
  if (['cancelled', 'completed', 'paused'].includes(wire.status)) Object.assign(wire, counts)
  else move(gateway, subscription, 'charge_ok', { ...counts, charge_at: wire.current_end }, payment)
  planNext(gateway, subscription)
}

function failed(gateway: Gateway, subscription: Subscription, invoice: Invoice): void {
  const { wire } = subscription
  pay(gateway, subscription, invoice, false)
  const auth_attempts = wire.auth_attempts + 1
  if (auth_attempts >= MAX_ATTEMPTS) {
    move(gateway, subscription, 'give_up', { auth_attempts, charge_at: wire.current_end })
  } else {
    move(gateway, subscription, 'charge_failed', {
      auth_attempts,
      charge_at: gateway.now(subscription.account) + DAY_S,
    })
  }
}

function retry(gateway: Gateway, subscription: Subscription): void {
  const invoice = openInvoices(gateway, subscription).at(-1)
  if (invoice) collect(gateway, subscription, invoice)
}

const openInvoices = ({ state }: Gateway, { wire }: Subscription): Invoice[] =>
  [...state.invoices.values()].filter((one) => one.wire.subscription_id === wire.id && one.wire.status === 'issued')

/** The customer gives the mandate; with an immediate start the first cycle is paid with it. */
export function authenticate(gateway: Gateway, subscription: Subscription, method: Method): { paymentId: string } {
  const { account, wire } = subscription
  if (wire.status !== 'created') throw badRequest(`Subscription cannot be authenticated in ${wire.status} status.`)
  const amount = priceOf(gateway, subscription)
  const now = gateway.now(account)
  const attempt = (of: number, ok: boolean) => {
    const order = createOrder(gateway, account, { amount: of, currency: 'INR', notes: [] })
    return makePayment(gateway, account, { amount: of, order, method, tokenId: subscription.tokenId, ok })
  }
  if (amount > MANDATE_LIMIT && (method === 'upi' || method === 'card_domestic')) {
    attempt(amount, false)
    throw badRequest('The amount is above the limit of mandates of this kind.', 'amount')
  }
  Object.assign(subscription, { method, tokenId: gateway.ids.next('token') })
  const known = { customer_id: gateway.ids.next('cust'), payment_method: method.replace(/_.*/, '') }
  if (wire.start_at !== null && wire.start_at > now) {
    const token = attempt(TOKEN_AMOUNT, true)
    move(gateway, subscription, 'authenticate_later', known)
    planNext(gateway, subscription)
    return { paymentId: token.wire.id }
  }
  const plan = planOf(gateway, subscription)
  const end = endOfCycle(plan, now)
  Object.assign(wire, { current_start: now, current_end: end, start_at: now, charge_at: end, ...known })
  Object.assign(wire, { remaining_count: wire.total_count - 1, end_at: endOfCycle(plan, now, wire.total_count) })
  const payment = pay(gateway, subscription, issueInvoice(gateway, subscription), true)
  move(gateway, subscription, 'authenticate_now', { paid_count: 1 }, payment)
  planNext(gateway, subscription)
  return { paymentId: payment.wire.id }
}

/** A new card after a halt, or an old invoice paid by hand: the newest open one is paid, older ones stay open. */
export function payOpenInvoice(gateway: Gateway, subscription: Subscription, invoiceId?: string): void {
  const open = openInvoices(gateway, subscription)
  const invoice = invoiceId === undefined ? open.at(-1) : open.find(({ wire }) => wire.id === invoiceId)
  if (!invoice) throw badRequest('There is no open invoice.')
  paid(gateway, subscription, invoice)
}
