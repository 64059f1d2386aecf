import { type CallLog, createCallLog } from '../control/call-log.ts'
import { type Clock, createClock } from '../control/clock.ts'
import { createFaults, type Faults } from '../control/faults.ts'
import { createIds, type Ids } from './ids.ts'
import { createState, forgetAccount, type State } from './state.ts'
import { createWebhookQueue, type WebhookQueue } from './webhook-queue.ts'

export interface MetaOptions {
  appId: string
  appSecret: string
  /** What the app's webhook address is asked with in the handshake. */
  verifyToken: string
  webhookUrl: string | null
  /** On: templates approve themselves, statuses and webhooks flow. Off: tests drive both through `/__ctl`. */
  auto: boolean
  real: () => number
  seed: string
}

/** One Meta: its state, its time, and what it still has to tell the world. */
export interface Meta {
  options: MetaOptions
  state: State
  clock: Clock
  ids: Ids
  faults: Faults
  calls: CallLog
  webhooks: WebhookQueue
  /** The app's webhook address. Nothing goes there before it has passed the handshake. */
  app: { webhookUrl: string | null; verified: boolean }
  /** Forgets one account, or everything. */
  reset(accountId: string | null): void
}

export function createMeta(options: MetaOptions): Meta {
  const state = createState()
  const clock = createClock({ real: options.real, running: options.auto })
  const ids = createIds(options.seed)
  const faults = createFaults()
  const calls = createCallLog()
  const app = { webhookUrl: options.webhookUrl, verified: false }
  const urlOf = (account: string) =>
    state.accounts.get(account)?.callback?.url ?? (app.verified ? app.webhookUrl : null)
  const webhooks = createWebhookQueue({ clock, faults, ids, secret: options.appSecret, urlOf })
  return {
    options,
    state,
    clock,
    ids,
    faults,
    calls,
    webhooks,
    app,
    reset(accountId) {
      forgetAccount(state, accountId)
      for (const part of [clock, faults, calls, webhooks]) part.forget(accountId)
    },
  }
}
