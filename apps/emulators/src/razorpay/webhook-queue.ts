import { createHmac } from 'node:crypto'
import type { Clock } from '../control/clock.ts'
import type { Faults, WebhookFault } from '../control/faults.ts'
import { shuffled } from '../control/shuffled.ts'
import type { Ids } from './ids.ts'
import type { Webhook } from './state.ts'

/** One event on its way: state of the world and the news of it are kept apart, so that news can come twice or never. */
export interface Delivery {
  id: string
  account: string
  event: string
  /** The same on every try; it stands in the header alone. */
  eventId: string
  headers: Record<string, string>
  /** Exactly what is sent and signed. */
  body: string
  due: number
  status: 'queued' | 'held' | 'delivered' | 'dropped' | 'given_up'
  attempts: number
  /** What the receiver answered last: an HTTP status, 0 for no answer in 5 s; null before the first attempt. */
  lastStatus: number | null
  tookMs: number | null
  createdAt: number
}

interface PushOptions {
  mode: 'fifo' | 'reverse' | 'shuffle'
  seed: number
  parallel: boolean
  /** Sends everything that waits, whatever its time. */
  all?: boolean
}

export interface WebhookQueue {
  emit(account: string, event: string, payload: Record<string, unknown>): void
  list(account: string | undefined): Delivery[]
  /** Sends what is due of an account, or of all with null. */
  push(account: string | null, options: PushOptions): Promise<Delivery[]>
  /** Sends these whatever became of them before: a replay. */
  pushAgain(ids: readonly string[], options: PushOptions): Promise<Delivery[]>
  /** Keeps new events of an account back until they are released. */
  hold(account: string, on: boolean): void
  forget(account: string | null): void
  restore(waiting: readonly Delivery[]): void
}

interface Deps {
  clock: Clock
  faults: Faults
  ids: Ids
  webhookOf: (account: string) => Webhook | null
}

const LIMIT_MS = 5_000
const RETRY_BASE_MS = 60_000
const GIVE_UP_AFTER_MS = 24 * 3_600_000
const ESCAPED = /\/|[^\x20-\x7e]/g

/** Compact, `/` as `\/` and everything outside ASCII as `\uXXXX`, as PHP writes JSON: parsed and rewritten it differs. */
const wireBytes = (payload: unknown) =>
  JSON.stringify(payload).replace(ESCAPED, (character) =>
    character === '/' ? '\\/' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const sign = (secret: string, bytes: string) => createHmac('sha256', secret).update(bytes).digest('hex')

export function createWebhookQueue(deps: Deps): WebhookQueue {
  const { clock } = deps
  let deliveries: Delivery[] = []
  const sending = new Set<Delivery>()
  const held = new Set<string>()

  async function send(delivery: Delivery): Promise<void> {
    const webhook = deps.webhookOf(delivery.account)
    if (!webhook?.enabled || sending.has(delivery)) return
    sending.add(delivery)
    const started = performance.now()
    delivery.attempts++
    delivery.lastStatus = await post(webhook.url, delivery)
    delivery.tookMs = Math.round(performance.now() - started)
    sending.delete(delivery)
    settle(delivery, webhook, clock.now(delivery.account))
  }

  async function sendAll(chosen: Delivery[], { mode, seed, parallel }: PushOptions): Promise<Delivery[]> {
    const order = mode === 'fifo' ? chosen : mode === 'reverse' ? chosen.toReversed() : shuffled(chosen, seed)
    if (parallel) await Promise.all(order.map(send))
    else for (const delivery of order) await send(delivery)
    return order
  }

  return {
    emit(account, event, payload) {
      const fresh = deliveriesOf(deps, account, event, payload)
      if (held.has(account)) for (const one of fresh) if (one.status === 'queued') one.status = 'held'
      deliveries.push(...fresh)
    },
    list: (account) => deliveries.filter((delivery) => account === undefined || delivery.account === account),
    push(account, options) {
      const due = deliveries.filter(
        (delivery) =>
          delivery.status === 'queued' &&
          (account === null || delivery.account === account) &&
          (options.all || delivery.due <= clock.now(delivery.account)),
      )
      return sendAll(due, options)
    },
    pushAgain: (wanted, options) =>
      sendAll(
        wanted.flatMap((id) => deliveries.find((delivery) => delivery.id === id) ?? []),
        options,
      ),
    hold(account, on) {
      if (on) held.add(account)
      else {
        held.delete(account)
        for (const one of deliveries) if (one.account === account && one.status === 'held') one.status = 'queued'
      }
    },
    forget(account) {
      deliveries = account === null ? [] : deliveries.filter((delivery) => delivery.account !== account)
      if (account === null) held.clear()
      else held.delete(account)
    },
    restore: (waiting) => deliveries.push(...waiting),
  }
}

/** What goes out for one event, or what the fault that strikes it makes of that. */
function deliveriesOf(
  { clock, faults, ids, webhookOf }: Deps,
  account: string,
  event: string,
  payload: Record<string, unknown>,
): Delivery[] {
  const now = clock.now(account)
  const fault = faults.forWebhook({ account, event })
  const entities = Object.fromEntries(Object.entries(payload).map(([name, entity]) => [name, { entity }]))
  const envelope = {
    entity: 'event',
    account_id: fault?.effect === 'other_account' ? 'acc_SomebodyElse01' : account,
    event,
    contains: Object.keys(payload),
    payload: entities,
    created_at: Math.floor(now / 1_000),
  }
  const bytes = wireBytes(envelope)
  const eventId = ids.event()
  return Array.from({ length: fault?.effect === 'duplicate' ? fault.n : 1 }, () => ({
    id: ids.next('dlv'),
    account,
    event,
    eventId,
    headers: headersOf(fault, webhookOf(account)?.secret ?? '', bytes, eventId),
    body: fault?.effect === 're_serialised' ? JSON.stringify(envelope) : bytes,
    due: now + (fault?.effect === 'delay' || fault?.effect === 'reorder' ? fault.ms : 0),
    status: fault?.effect === 'drop' ? ('dropped' as const) : ('queued' as const),
    attempts: 0,
    lastStatus: null,
    tookMs: null,
    createdAt: now,
  }))
}

/** Signed once: retries of an event keep the secret of its time, whatever the secret is by then. */
function headersOf(fault: WebhookFault | null, secret: string, bytes: string, eventId: string) {
  const signing =
    fault?.effect === 'bad_signature' ? `not ${secret}` : fault?.effect === 'old_secret' ? (fault.secret ?? '') : secret
  return {
    'content-type': 'application/json',
    'user-agent': 'Razorpay-Webhook/v1',
    'x-razorpay-event-id': eventId,
    ...(fault?.effect === 'no_signature' ? {} : { 'x-razorpay-signature': sign(signing, bytes) }),
  }
}

async function post(url: string, { headers, body }: Delivery): Promise<number> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS)
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  }
}

/** Anything in the 200s counts. After 24 hours of failures Razorpay gives the event up and disables the webhook. */
function settle(delivery: Delivery, webhook: Webhook, now: number): void {
  const status = delivery.lastStatus ?? 0
  if (status >= 200 && status < 300) delivery.status = 'delivered'
  else if (delivery.status !== 'delivered') {
    delivery.status = 'queued'
    delivery.due = now + RETRY_BASE_MS * 2 ** (delivery.attempts - 1)
    if (delivery.due > delivery.createdAt + GIVE_UP_AFTER_MS) {
      delivery.status = 'given_up'
      webhook.enabled = false
    }
  }
}
