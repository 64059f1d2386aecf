import type { z } from 'zod'
import { UpstreamError } from '../../platform/errors.ts'
import type { RazorpayClient } from './index.ts'
import { callRazorpay, type RazorpayCall, type RazorpayServer } from './request.ts'
import { isSigned } from './signatures.ts'
import {
  collectionOf,
  RazorpayInvoice,
  RazorpayOrder,
  RazorpayPayment,
  RazorpayPlan,
  RazorpayRefund,
  RazorpaySubscription,
} from './wire.ts'

interface RazorpayOptions extends Omit<RazorpayServer, 'timeoutMs'> {
  /** Current, then previous. */
  webhookSecrets: string[]
  timeoutMs?: number
}

const TIMEOUT_MS = 10_000
const PAGE = 100
/** A list that goes on longer than this is not one that we asked for. */
const MAX_PAGES = 50

/** Razorpay over plain fetch; why not its SDK says decision 0014. One try for each call. */
export function createRazorpayClient(options: RazorpayOptions): RazorpayClient {
  const server = { timeoutMs: TIMEOUT_MS, ...options }
  const id = encodeURIComponent
  const ask = <Answer extends z.ZodType>(call: Omit<RazorpayCall, 'repeatable' | 'method'>, answer: Answer) =>
    callRazorpay(server, { ...call, method: 'GET', repeatable: true }, answer)
  const tell = async <Answer extends z.ZodType>(call: Omit<RazorpayCall, 'method'>, answer: Answer) =>
    (await callRazorpay(server, { ...call, method: 'POST' }, answer)).value

  /** All of a list, whole pages until one is not full. */
  async function all<Item extends z.ZodType>(call: Omit<RazorpayCall, 'repeatable' | 'method'>, item: Item) {
    const found: z.output<Item>[] = []
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = { ...call.query, count: PAGE, skip: page * PAGE }
      const { items } = (await ask({ ...call, query }, collectionOf(item))).value
      found.push(...items)
      if (items.length < PAGE) break
    }
    return found
  }

  return {
    keyId: options.keyId,
    verifyWebhookSignature: (rawBody, signature) =>
      options.webhookSecrets.some((secret) => isSigned(rawBody, signature, secret)),
    verifyCheckoutSignature: (message, signature) => isSigned(message, signature, options.keySecret),

    plans: () => all({ path: '/plans', label: 'list plans' }, RazorpayPlan),
    createPlan: ({ name, period, amountPaise, notes }) => {
      const item = { name, amount: amountPaise, currency: 'INR' }
      const body = { period, interval: 1, item, notes }
      // Two equal plans do no harm: either can be subscribed to.
      return tell({ path: '/plans', label: 'create plan', body, repeatable: true }, RazorpayPlan)
    },

    createSubscription: ({ planId, totalCount, startAt, expireBy, notes }) => {
      const seconds = (at: Date) => Math.floor(at.getTime() / 1_000)
      const body = {
        plan_id: planId,
        total_count: totalCount,
        ...(startAt === null ? {} : { start_at: seconds(startAt) }),
        expire_by: seconds(expireBy),
        customer_notify: true,
        notes,
      }
      const call = { path: '/subscriptions', label: 'create subscription', body, repeatable: false }
      return tell(call, RazorpaySubscription)
    },
    subscriptions: ({ planId, from }) => {
      const query = { plan_id: planId, from: Math.floor(from.getTime() / 1_000) }
      return all({ path: '/subscriptions', label: 'list subscriptions', query }, RazorpaySubscription)
    },
    subscription: async (subscriptionId) => {
      const call = { path: `/subscriptions/${id(subscriptionId)}`, label: 'read subscription' }
      const found = await unlessUnknown(ask(call, RazorpaySubscription))
      return found && { ...found.value, asOf: found.asOf }
    },
    cancelSubscription: (subscriptionId, { atCycleEnd }) => {
      const body = { cancel_at_cycle_end: atCycleEnd ? 1 : 0 }
      const path = `/subscriptions/${id(subscriptionId)}/cancel`
      return tell({ path, label: 'cancel subscription', body, repeatable: true }, RazorpaySubscription)
    },
    pauseSubscription: (subscriptionId) => {
      const path = `/subscriptions/${id(subscriptionId)}/pause`
      const call = { path, label: 'pause subscription', body: { pause_at: 'now' }, repeatable: true }
      return tell(call, RazorpaySubscription)
    },
    resumeSubscription: (subscriptionId) => {
      const path = `/subscriptions/${id(subscriptionId)}/resume`
      const call = { path, label: 'resume subscription', body: { resume_at: 'now' }, repeatable: true }
      return tell(call, RazorpaySubscription)
    },

    invoices: (subscriptionId) => {
      const query = { subscription_id: subscriptionId }
      return all({ path: '/invoices', label: 'list invoices', query }, RazorpayInvoice)
    },
    invoice: async (invoiceId) => {
      const call = { path: `/invoices/${id(invoiceId)}`, label: 'read invoice' }
      return (await unlessUnknown(ask(call, RazorpayInvoice)))?.value ?? null
    },
    payment: async (paymentId) => {
      const call = { path: `/payments/${id(paymentId)}`, label: 'read payment' }
      return (await unlessUnknown(ask(call, RazorpayPayment)))?.value ?? null
    },
    payments: ({ from, to }) => {
      const query = { from: Math.floor(from.getTime() / 1_000), to: Math.ceil(to.getTime() / 1_000) }
      return all({ path: '/payments', label: 'list payments', query }, RazorpayPayment)
    },

    createOrder: ({ amountPaise, receipt, notes }) => {
      const body = { amount: amountPaise, currency: 'INR', receipt, notes }
      return tell({ path: '/orders', label: 'create order', body, repeatable: false }, RazorpayOrder)
    },
    orders: (receipt) => all({ path: '/orders', label: 'list orders', query: { receipt } }, RazorpayOrder),
    orderPayments: async (orderId) => {
      const call = { path: `/orders/${id(orderId)}/payments`, label: 'list payments of an order' }
      return (await unlessUnknown(ask(call, collectionOf(RazorpayPayment))))?.value.items ?? []
    },

    refund: ({ paymentId, amountPaise, receipt, notes, idempotencyKey }) => {
      const body = { amount: amountPaise, speed: 'normal', receipt, notes }
      const headers = { 'x-refund-idempotency': idempotencyKey }
      const path = `/payments/${id(paymentId)}/refund`
      return tell({ path, label: 'refund payment', body, headers, repeatable: true }, RazorpayRefund)
    },
    refunds: async (paymentId) => {
      const call = { path: `/payments/${id(paymentId)}/refunds`, label: 'list refunds' }
      return (await unlessUnknown(ask(call, collectionOf(RazorpayRefund))))?.value.items ?? []
    },
  }
}

/** Razorpay answers 400 where others say 404. A read by id has nothing else that could be wrong with it. */
async function unlessUnknown<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof UpstreamError && (error.vendorCode === 400 || error.vendorCode === 404)) return null
    throw error
  }
}
