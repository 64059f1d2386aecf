import type { OutgoingEvent } from '@pramaan/shared'

/** The event that a step in the audit log is; null for one of which nobody hears outside. */
export function eventOf(action: string, wanted: readonly OutgoingEvent[]): OutgoingEvent | null {
  const name = action.startsWith('subscription.') ? 'subscription.changed' : action
  return wanted.find((event) => event === name) ?? null
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
