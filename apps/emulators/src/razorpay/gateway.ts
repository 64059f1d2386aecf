import { type CallLog, createCallLog } from '../control/call-log.ts'
import { type Clock, createClock } from '../control/clock.ts'
import { createFaults, type Faults } from '../control/faults.ts'
import { createIds, type Ids } from './ids.ts'
import { type Account, createState, forgetAccount, type State } from './state.ts'
import { createWebhookQueue, type WebhookQueue } from './webhook-queue.ts'

export interface GatewayOptions {
  /** Accounts that are there from the start; `/__ctl/accounts` adds others. */
  accounts: Account[]
  /** On: the clock runs and webhooks flow. Off: tests drive both through `/__ctl`. */
  auto: boolean
  real: () => number
  seed: string
}

/** One Razorpay: its state, its time, and what it still has to tell the world. Accounts are named by their id. */
export interface Gateway {
  options: GatewayOptions
  state: State
  clock: Clock
  ids: Ids
  faults: Faults
  calls: CallLog
  webhooks: WebhookQueue
  /** Where people reach this double; hosted pages are below it. */
  url: string
  /** The account's time in whole seconds, as everything on the wire. */
  now(account: string): number
  accountById(id: string): Account | undefined
  reset(account: string | null): void
}

export function createGateway(options: GatewayOptions): Gateway {
  const state = createState()
  for (const account of options.accounts) state.accounts.set(account.keyId, account)
  const clock = createClock({ real: options.real, running: options.auto })
  const faults = createFaults()
  const calls = createCallLog()
  const ids = createIds(options.seed)
  const accountById = (id: string) => [...state.accounts.values()].find((account) => account.id === id)
  const webhooks = createWebhookQueue({ clock, faults, ids, webhookOf: (id) => accountById(id)?.webhook ?? null })
  return {
    options,
    state,
    clock,
    ids,
    faults,
    calls,
    webhooks,
    url: '',
    now: (account) => Math.floor(clock.now(account) / 1_000),
    accountById,
    reset(account) {
      forgetAccount(state, account)
      for (const part of [clock, faults, calls, webhooks]) part.forget(account)
    },
  }
}
