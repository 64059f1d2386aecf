import type { Clock } from '../control/clock.ts'
import type { Faults, WebhookFault } from '../control/faults.ts'
import { shuffled } from '../control/shuffled.ts'
import type { Ids } from './ids.ts'
import { signature, webhookBytes } from './webhook-body.ts'

/** One webhook on its way: state of the world and the news of it are kept apart, so that news can come twice or never. */
export interface Delivery {
  id: string
  account: string
  field: string
  /** Null while nobody told where webhooks go; such a one waits. */
  url: string | null
  headers: Record<string, string>
  /** Exactly what is sent and signed. */
  body: string
  due: number
  status: 'queued' | 'delivered' | 'dropped' | 'given_up'
  attempts: number
  /** What the receiver answered last: an HTTP status, 0 for no answer; null before the first attempt. */
  lastStatus: number | null
  tookMs: number | null
  createdAt: number
}

export interface Change {
  field: string
  value: unknown
  /** Account events carry the time of the entry, in seconds. */
  timed?: boolean
  numberId?: string
  status?: string
}

interface PushOptions {
  mode: 'fifo' | 'reverse' | 'shuffle'
  seed: number
  /** Sends them all at once instead of one after the other. */
  parallel: boolean
  /** How many may be on their way at once. */
  limit?: number
}

export interface WebhookQueue {
  enqueue(account: string, change: Change): void
  list(account: string | undefined): Delivery[]
  /** Sends what is due of an account, or of all with null. */
  push(account: string | null, options: PushOptions): Promise<Delivery[]>
  /** Sends these whatever became of them before: the way to send one twice on purpose. */
  pushAgain(ids: readonly string[], options: PushOptions): Promise<Delivery[]>
  forget(account: string | null): void
  /** Takes in what an earlier process still had to send. */
  restore(waiting: readonly Delivery[]): void
}

const MAX_KEPT = 20_000
const TRIM = 2_000
const RETRY_BASE_MS = 1_000
const RETRY_LIMIT_MS = 10 * 60_000
const GIVE_UP_AFTER_MS = 7 * 24 * 60 * 60_000
const RECEIVER_TIMEOUT_MS = 10_000

interface Deps {
  clock: Clock
  faults: Faults
  ids: Ids
  secret: string
  urlOf: (account: string) => string | null
}

export function createWebhookQueue(deps: Deps): WebhookQueue {
  const { clock } = deps
  let deliveries: Delivery[] = []
  const sending = new Set<string>()

  async function send(delivery: Delivery): Promise<void> {
    // Not where it was meant to go once: the address may have changed since.
    const url = deps.urlOf(delivery.account)
    if (!url || sending.has(delivery.id)) return
    sending.add(delivery.id)
    const started = performance.now()
    delivery.attempts++
    delivery.lastStatus = await post(url, delivery)
    delivery.tookMs = Math.round(performance.now() - started)
    delivery.url = url
    sending.delete(delivery.id)
    settle(delivery, clock.now(delivery.account))
  }

  async function sendAll(chosen: Delivery[], { mode, seed, parallel }: PushOptions): Promise<Delivery[]> {
    const order = mode === 'fifo' ? chosen : mode === 'reverse' ? chosen.toReversed() : shuffled(chosen, seed)
    if (parallel) await Promise.all(order.map(send))
    else for (const delivery of order) await send(delivery)
    return order
  }

  return {
    enqueue(account, change) {
      deliveries.push(...newDeliveries(deps, account, change))
      if (deliveries.length > MAX_KEPT && deliveries.length % TRIM === 0) {
        deliveries = deliveries.filter((each, index) => each.status === 'queued' || index > TRIM)
      }
    },
    list: (account) => deliveries.filter((delivery) => account === undefined || delivery.account === account),
    push(account, options) {
      const due = deliveries.filter(
        (delivery) =>
          delivery.status === 'queued' &&
          !sending.has(delivery.id) &&
          deps.urlOf(delivery.account) !== null &&
          (account === null || delivery.account === account) &&
          delivery.due <= clock.now(delivery.account),
      )
      const room = (options.limit ?? Number.POSITIVE_INFINITY) - sending.size
      return sendAll(due.sort((a, b) => a.due - b.due).slice(0, Math.max(0, room)), options)
    },
    pushAgain: (wanted, options) =>
      sendAll(
        wanted.flatMap((id) => deliveries.find((delivery) => delivery.id === id) ?? []),
        options,
      ),
    forget(account) {
      deliveries = account === null ? [] : deliveries.filter((delivery) => delivery.account !== account)
    },
    restore(waiting) {
      deliveries.push(...waiting)
    },
  }
}

/** One delivery of a change, or what the fault that strikes it makes of that. */
function newDeliveries({ clock, faults, ids, secret, urlOf }: Deps, account: string, change: Change): Delivery[] {
  const { field, numberId, status } = change
  const occasion = { account, field, phoneNumberId: numberId ?? null, ...(status !== undefined && { status }) }
  const fault = faults.forWebhook(occasion)
  const now = clock.now(account)
  const time = change.timed ? { time: Math.floor(now / 1_000) } : {}
  const entry = { id: account, ...time, changes: [{ value: change.value, field }] }
  const wire = wireForm({ object: 'whatsapp_business_account', entry: [entry] }, secret, fault)
  const late = fault?.effect === 'delay' || fault?.effect === 'reorder' ? fault.ms : 0
  return Array.from({ length: fault?.effect === 'duplicate' ? fault.n : 1 }, () => ({
    id: ids.delivery(),
    account,
    field,
    url: urlOf(account),
    ...wire,
    due: now + late,
    status: fault?.effect === 'drop' ? 'dropped' : 'queued',
    attempts: 0,
    lastStatus: null,
    tookMs: null,
    createdAt: now,
  }))
}

/** Body and headers, with the fault that spoils them, if there is one. */
function wireForm(payload: unknown, secret: string, fault: WebhookFault | null) {
  const bytes = webhookBytes(payload)
  const body = fault?.effect === 're_serialised' ? JSON.stringify(payload) : bytes
  const signingSecret =
    fault?.effect === 'bad_signature' ? `not ${secret}` : fault?.effect === 'old_secret' ? (fault.secret ?? '') : secret
  const signed = fault?.effect === 'no_signature' ? {} : { 'x-hub-signature-256': signature(signingSecret, bytes) }
  return { body, headers: { 'content-type': 'application/json', 'user-agent': 'facebookexternalua', ...signed } }
}

async function post(url: string, { headers, body }: Delivery): Promise<number> {
  try {
    const signal = AbortSignal.timeout(RECEIVER_TIMEOUT_MS)
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  }
}

/** Only 200 counts. The gaps between attempts double up to ten minutes, and after seven days Meta gives up. */
function settle(delivery: Delivery, now: number): void {
  if (delivery.lastStatus === 200) delivery.status = 'delivered'
  else if (delivery.status !== 'delivered') {
    delivery.due = now + Math.min(RETRY_BASE_MS * 2 ** (delivery.attempts - 1), RETRY_LIMIT_MS)
    delivery.status = delivery.due > delivery.createdAt + GIVE_UP_AFTER_MS ? 'given_up' : 'queued'
  }
}
