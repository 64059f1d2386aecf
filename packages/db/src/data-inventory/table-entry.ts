/**
 * What the columns of the database hold:
 *
 * - `personal`: tells by itself who somebody is, or what they said. Always sealed (AES-256-GCM), so always `bytea`.
 * - `secret`: lets somebody in or opens something. Sealed, hashed or wrapped, never in clear.
 * - `pseudonym`: an id or keyed hash that stands for a person and says nothing once the person is erased.
 * - `business`: words of a firm or of ours that are written to be published or filed; no place for personal data.
 * - `record`: ids of things, states, times, counts, settings.
 */
export const COLUMN_CLASSES = ['personal', 'secret', 'pseudonym', 'business', 'record'] as const
type ColumnClass = (typeof COLUMN_CLASSES)[number]

/** What one table is for; for each class its columns, their names separated by spaces. */
export interface TableEntry extends Partial<Record<ColumnClass, string>> {
  purpose: string
  retention: string
  readers: string
}

export const ACCOUNT = 'until the erasure of the firm or person'
/** SEBI (Investment Advisers) Regulations 2013, reg. 19; SEBI (Research Analysts) Regulations 2014, reg. 25. */
export const LAW = 'five years at the least, as evidence; names nobody once the people are erased'
export const AUDIT = 'for good; names nobody once the people are erased'
/** Companies Act 2013, s. 128(5); CGST Act 2017, s. 36. */
export const BOOKS = 'eight years after the end of the financial year, as books of account'
export const RECORDS = 'months older than RECORDS_YEARS are detached'
export const FIRM = 'people of the firm'
export const INSPECTOR = 'an inspector with a grant'
