import { onTestFinished } from 'vitest'
import { startRazorpay } from '../src/razorpay/server.ts'
import type { Delivery } from '../src/razorpay/webhook-queue.ts'

const ACCOUNT = { id: 'acc_Test', keyId: 'rzp_test_key', keySecret: 'rzp_test_secret' }
export const WEBHOOK_SECRET = 'webhook-secret'
/** The time at which each world begins: months differ in length, so no test may depend on the day of its run. */
export const NOW = Date.parse('2026-11-24T06:30:00.000Z')

export interface RazorpayWorld {
  url: string
  keySecret: string
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  control(path: string, body?: unknown): Promise<Reply>
  deliveries(): Promise<Delivery[]>
  /** The names of the events so far, in order. */
  events(): Promise<string[]>
  /** A subscription to a monthly plan at ₹1178.82, begun at once or later. */
  subscribe(options?: { startInDays?: number; totalCount?: number; amount?: number }): Promise<string>
  subscription(id: string): Promise<Reply['body']>
  advance(days: number): Promise<void>
}

interface Reply {
  status: number
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers of a vendor, looked at by tests
  body: any
}

/** A double of its own for one test, whose clock stands. */
export async function razorpayWorld(webhookUrl?: string): Promise<RazorpayWorld> {
  const webhook = { url: webhookUrl ?? '', secret: WEBHOOK_SECRET, enabled: webhookUrl !== undefined }
  const running = await startRazorpay({
    port: 0,
    accounts: [{ ...ACCOUNT, webhook }],
    auto: false,
    real: () => NOW,
    seed: 't',
  })
  onTestFinished(() => running.stop())
  const authorization = `Basic ${btoa(`${ACCOUNT.keyId}:${ACCOUNT.keySecret}`)}`

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const response = await fetch(running.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, body: parsed(text) }
  }
  const control = (path: string, body?: unknown) => call(body === undefined ? 'GET' : 'POST', `/__ctl${path}`, body)
  const api = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    call(method, path, body, { authorization, ...headers })
  const deliveries = async (): Promise<Delivery[]> => (await control(`/deliveries?account=${ACCOUNT.id}`)).body

  return {
    url: running.url,
    keySecret: ACCOUNT.keySecret,
    api,
    control,
    deliveries,
    events: async () => (await deliveries()).map(({ event }) => event),
    async subscribe({ startInDays, totalCount = 12, amount = 117_882 } = {}) {
      const item = { name: 'Growth', amount, currency: 'INR' }
      const plan = await api('POST', '/v1/plans', { period: 'monthly', interval: 1, item })
      const now = Math.floor(new Date((await control(`/clock?account=${ACCOUNT.id}`)).body.now).getTime() / 1_000)
      const start = startInDays === undefined ? {} : { start_at: now + startInDays * 86_400 }
      const made = await api('POST', '/v1/subscriptions', { plan_id: plan.body.id, total_count: totalCount, ...start })
      return made.body.id
    },
    subscription: async (id) => (await api('GET', `/v1/subscriptions/${id}`)).body,
    async advance(days) {
      await control('/clock', { account: ACCOUNT.id, advance_s: days * 86_400 })
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
