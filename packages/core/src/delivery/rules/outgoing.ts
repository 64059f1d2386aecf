import type { OutgoingEvent } from '@pramaan/shared'

interface Step {
  action: string
  detail?: Record<string, unknown> | undefined
}

/** What a receiver gets to know of a step besides its object. */
interface Event {
  type: OutgoingEvent
  detail: Record<string, unknown> | undefined
}

/** How far messages came, by the key of `deliveries` in the entry about their campaign. */
const PROGRESS = { sent: 'delivery.sent', delivered: 'delivery.delivered', read: 'delivery.read' } as const

/** The events that a step in the audit log is, of those that are wanted. */
export function eventsOf({ action, detail }: Step, wanted: readonly OutgoingEvent[]): Event[] {
  const name = action.startsWith('subscription.') ? 'subscription.changed' : action
  const whole = wanted.filter((event) => event === name).map((type) => ({ type, detail }))
  if (action !== 'campaign.progressed') return whole
  const moved = (detail?.deliveries ?? {}) as Record<string, string[]>
  const parts = Object.entries(PROGRESS).flatMap(([state, type]) =>
    wanted.includes(type) && moved[state] ? [{ type, detail: { deliveryIds: moved[state] } }] : [],
  )
  return [...whole, ...parts]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** When an event is tried again, as Standard Webhooks recommends; then it has failed. */
const RETRIES_MS = [5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]

/** How long to wait after the nth try, in ms; null after the last. */
export const retryMs = (attempts: number): number | null => RETRIES_MS[attempts - 1] ?? null

/** An endpoint that has taken nothing for so long is disabled. */
export const GIVE_UP_MS = 5 * 24 * HOUR

/** The receiver says that it is gone for good. */
export const GONE = 410
