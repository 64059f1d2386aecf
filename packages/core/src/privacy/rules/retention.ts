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

/** Books of account, and what they are made of: eight financial years, which contains the 72 months of the tax law. */
const BOOKS: Duty = { clause: 'Companies Act 2013, section 128(5); CGST Act 2017, section 36', years: 8 }
const IST_MS = 5.5 * 3_600_000

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

/** How long an invoice or credit note is kept: from the end of its financial year, in India the 31st of March. */
export function invoiceRetention(issuedAt: Date, now: Date): Retention | null {
  const inIndia = new Date(issuedAt.getTime() + IST_MS)
  const endsIn = inIndia.getUTCFullYear() + (inIndia.getUTCMonth() < 3 ? 0 : 1)
  const until = new Date(Date.UTC(endsIn + BOOKS.years, 3, 1) - IST_MS)
  return until > now ? { clause: BOOKS.clause, until } : null
}

/** The 29th of February becomes the 1st of March. */
function yearsAfter(time: Date, years: number): Date {
  const later = new Date(time)
  later.setUTCFullYear(later.getUTCFullYear() + years)
  return later
}
