import { planNext } from './cycles.ts'
import type { Gateway } from './gateway.ts'
import type { State } from './state.ts'
import type { Delivery } from './webhook-queue.ts'

interface Saved {
  tables: Record<string, [string, unknown][]>
  deliveries: Delivery[]
}

/** What outlives a restart: all records and the webhooks that wait. Accounts are settings, so they come from there. */
export function snapshot({ state: { accounts: _, ...tables }, webhooks }: Gateway): Saved {
  return {
    tables: Object.fromEntries(Object.entries(tables).map(([name, records]) => [name, [...records]])),
    deliveries: webhooks.list(undefined).filter(({ status }) => status === 'queued' || status === 'held'),
  }
}

/** Subscriptions go on, webhooks that waited still wait. */
export function restore(gateway: Gateway, saved: Saved): void {
  for (const [name, records] of Object.entries(saved.tables)) {
    const table = gateway.state[name as keyof State] as Map<string, unknown>
    for (const [id, record] of records) table.set(id, record)
  }
  gateway.webhooks.restore(saved.deliveries)
  for (const subscription of gateway.state.subscriptions.values()) planNext(gateway, subscription)
}
