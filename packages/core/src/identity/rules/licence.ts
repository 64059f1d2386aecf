import type { LicenceState } from '@pramaan/shared'

export const LICENCE_EVENTS = ['submit_evidence', 'verify', 'refuse', 'come_near_expiry', 'expire'] as const
export type LicenceEvent = (typeof LICENCE_EVENTS)[number]

/** Who may cause an event: the advisor's people, an administrator of ours, or the calendar. */
export type LicenceMover = 'member' | 'admin' | 'system'

export const LICENCE_MOVERS: Record<LicenceEvent, LicenceMover> = {
  submit_evidence: 'member',
  verify: 'admin',
  refuse: 'admin',
  come_near_expiry: 'system',
  expire: 'system',
}

/**
 * The life of a licence. Verifying again renews one that is running out; a registration that the regulator has
 * cancelled is refused from any state in which it counts. A verified one is not verified twice: a second decision on
 * the same facts would be a mistake, and is told so.
 */
export const LICENCE_MACHINE: readonly { from: LicenceState; event: LicenceEvent; to: LicenceState }[] = [
  { from: 'claimed', event: 'submit_evidence', to: 'evidence' },
  { from: 'claimed', event: 'verify', to: 'verified' },
  { from: 'claimed', event: 'refuse', to: 'refused' },
  { from: 'evidence', event: 'verify', to: 'verified' },
  { from: 'evidence', event: 'refuse', to: 'refused' },
  { from: 'verified', event: 'come_near_expiry', to: 'lapsing' },
  { from: 'verified', event: 'expire', to: 'lapsed' },
  { from: 'verified', event: 'refuse', to: 'refused' },
  { from: 'lapsing', event: 'verify', to: 'verified' },
  { from: 'lapsing', event: 'expire', to: 'lapsed' },
  { from: 'lapsing', event: 'refuse', to: 'refused' },
  { from: 'lapsed', event: 'submit_evidence', to: 'evidence' },
  { from: 'refused', event: 'submit_evidence', to: 'evidence' },
]

/** The state that an event leads to; null where it is not allowed or this mover may not cause it. */
export function moveLicenceState(from: LicenceState, event: LicenceEvent, by: LicenceMover): LicenceState | null {
  if (LICENCE_MOVERS[event] !== by) return null
  return LICENCE_MACHINE.find((move) => move.from === from && move.event === event)?.to ?? null
}
