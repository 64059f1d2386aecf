import type { LicenceType } from '@pramaan/shared'

/** What a law asks to be kept, in its own words and years. */
export interface Duty {
  clause: string
  years: number
}

/**
 * How long a record of a communication names the people in it, by the registration under which it was sent. Advisers and
 * analysts keep their records for five years; an insurance intermediary its advertisements for three. No rule of its own
 * is known for distributors: there the year counts that everybody keeps personal data and logs for the detection of
 * breaches. Clauses: `facts.md` of the compliance material.
 */
const DUTIES: Record<LicenceType, Duty> = {
  IA: { clause: 'SEBI (Investment Advisers) Regulations 2013, regulation 19', years: 5 },
  RA: { clause: 'SEBI (Research Analysts) Regulations 2014, regulation 25', years: 5 },
  INS: {
    clause: 'IRDAI (Insurance Advertisements and Disclosure) Regulations 2021, record of advertisements',
    years: 3,
  },
  MFD: { clause: 'Digital Personal Data Protection Rules 2025, rule 8(3)', years: 1 },
}

export interface Retention {
  clause: string
  until: Date
}

/**
 * What is kept of somebody after an erasure, and until when: nothing when nothing was ever sent, else one entry for each
 * law that is not over, the longest first.
 */
export function retentionsOf(facts: {
  licences: readonly LicenceType[]
  lastSentAt: Date | null
  now: Date
}): Retention[] {
  const { licences, lastSentAt, now } = facts
  if (lastSentAt === null) return []
  return [...new Set(licences)]
    .map((licence) => ({ clause: DUTIES[licence].clause, until: yearsAfter(lastSentAt, DUTIES[licence].years) }))
    .filter(({ until }) => until > now)
    .sort((one, other) => other.until.getTime() - one.until.getTime())
}

/** The 29th of February becomes the 1st of March. */
function yearsAfter(time: Date, years: number): Date {
  const later = new Date(time)
  later.setUTCFullYear(later.getUTCFullYear() + years)
  return later
}
