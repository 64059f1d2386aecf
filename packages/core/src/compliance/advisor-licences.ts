import type { AdvisorFacts } from '../identity/index.ts'

/** Registrations under which an advisor may speak: claimed or better. Refused and lapsed ones count as if there were none. */
export const licencesInUse = (advisor: AdvisorFacts, now: Date): AdvisorFacts['licences'] =>
  advisor.licences.filter(
    ({ state, validUntil }) =>
      state !== 'refused' && state !== 'lapsed' && (validUntil === null || validUntil.getTime() > now.getTime()),
  )

/**
 * Whether policy may approve for this advisor: it is active, and every registration it speaks under is verified and not
 * about to lapse. One doubtful registration is enough for a person to look, since a text does not say under which it goes out.
 */
export function isVerified(advisor: AdvisorFacts, now: Date): boolean {
  const inUse = licencesInUse(advisor, now)
  return advisor.status === 'active' && inUse.length > 0 && inUse.every(({ state }) => state === 'verified')
}
