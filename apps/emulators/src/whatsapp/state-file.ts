import type { KeptState } from '../control/state-file.ts'
import { scheduleStatuses } from './message-events.ts'
import type { Meta } from './meta.ts'
import type { Message, State } from './state.ts'
import { awaitReview } from './templates.ts'
import type { Delivery } from './webhook-queue.ts'

type Tables = Omit<State, 'messages'>

interface Saved {
  /** Each table as its rows with their keys, in the order in which they were made. */
  tables: Record<string, [string, unknown][]>
  messages: Message[]
  deliveries: Delivery[]
}

/**
 * Keeps the double's world in a file, so that a developer's tokens, templates and messages outlive a restart: messages
 * under way go on, webhooks that waited still wait. Times of the clock's own moves are not kept.
 */
export const keptMeta = (meta: Meta): KeptState => ({
  snapshot: () => snapshot(meta),
  restore: (saved) => restore(meta, saved as Saved),
})

function snapshot({ state, webhooks }: Meta): Saved {
  const { messages, ...tables } = state
  const plain = Object.entries(tables).map(([name, records]) => [name, [...records]])
  const waiting = webhooks.list(undefined).filter((delivery) => delivery.status === 'queued')
  return { tables: Object.fromEntries(plain), messages, deliveries: waiting }
}

function restore(meta: Meta, saved: Saved): void {
  for (const [name, records] of Object.entries(saved.tables)) {
    const table = meta.state[name as keyof Tables] as Map<string, unknown>
    for (const [key, record] of records) table.set(key, record)
  }
  meta.state.messages.push(...saved.messages)
  meta.webhooks.restore(saved.deliveries)
  for (const message of meta.state.messages) {
    const number = meta.state.numbers.get(message.numberId)
    if (number && message.direction === 'out') scheduleStatuses(meta, number, message)
  }
  for (const template of meta.state.templates.values()) awaitReview(meta, template)
}
