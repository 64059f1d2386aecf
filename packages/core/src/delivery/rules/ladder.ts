import type { DeliveryState } from '@pramaan/shared'

/**
 * What can happen to a delivery. Ours: `claim` (a worker takes it), `release` (not sent, later again), `accept` (the
 * vendor took it), `refuse` (the vendor refused it for good), `lose` (no answer: it may have gone out), `give_up` (no
 * word came in time), `cancel`. The vendor's: `sent`, `delivered`, `read`, `failed`.
 */
export const DELIVERY_EVENTS = [
  'claim',
  'release',
  'accept',
  'refuse',
  'lose',
  'give_up',
  'cancel',
  'sent',
  'delivered',
  'read',
  'failed',
] as const
export type DeliveryEvent = (typeof DELIVERY_EVENTS)[number]
export type StatusEvent = Extract<DeliveryEvent, 'sent' | 'delivered' | 'read' | 'failed'>

type Steps = Partial<Record<DeliveryEvent, DeliveryState>>

/** What the vendor says about a message of which we know less: a status may overtake the answer to the call. */
const ANY_STATUS = { sent: 'sent', delivered: 'delivered', read: 'read', failed: 'failed' } as const

/**
 * The life of a delivery, as data. Statuses only ever climb (accepted < sent < failed < delivered < read), so their
 * order and number do not matter; a `failed` after `delivered` comes from a second device and changes nothing
 * (whatsapp.md section 3). What is absent is not allowed and changes nothing.
 */
export const DELIVERY_STEPS: Record<DeliveryState, Steps> = {
  queued: { claim: 'claimed', cancel: 'cancelled', ...ANY_STATUS },
  claimed: { release: 'queued', accept: 'accepted', refuse: 'failed', lose: 'unknown', ...ANY_STATUS },
  unknown: { release: 'queued', accept: 'accepted', refuse: 'failed', give_up: 'failed', ...ANY_STATUS },
  accepted: { ...ANY_STATUS },
  sent: { delivered: 'delivered', read: 'read', failed: 'failed' },
  failed: { delivered: 'delivered', read: 'read' },
  delivered: { read: 'read' },
  read: {},
  cancelled: {},
}

/** @returns null where the event is not allowed, so that nothing changes */
export const deliveryAfter = (state: DeliveryState, event: DeliveryEvent): DeliveryState | null =>
  DELIVERY_STEPS[state][event] ?? null

/** The states from which an event is allowed: what a conditional UPDATE asks for. */
export const statesBefore = (event: DeliveryEvent): DeliveryState[] =>
  (Object.keys(DELIVERY_STEPS) as DeliveryState[]).filter((state) => deliveryAfter(state, event) !== null)

/** Where something may still happen without the vendor's second word; a campaign with one of these is not complete. */
export const OPEN_DELIVERIES = ['queued', 'claimed', 'accepted', 'unknown'] as const satisfies DeliveryState[]
