import { LicenceType } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { invoiceRetention, retentionsOf } from './retention.ts'

const lastSentAt = new Date('2026-03-01T10:00:00.000Z')
const now = new Date('2026-11-24T06:30:00.000Z')
const yearsOf = (licences: LicenceType[], at = now) =>
  retentionsOf({ licences, lastSentAt, now: at }).map(({ until }) => until.getUTCFullYear() - 2026)

test('advisers and analysts keep five years, insurance three, a distributor one, the longest first', () => {
  expect(yearsOf(['IA'])).toEqual([5])
  expect(yearsOf(['RA'])).toEqual([5])
  expect(yearsOf(['INS'])).toEqual([3])
  expect(yearsOf(['MFD'])).toEqual([1])
  expect(yearsOf(['MFD', 'INS', 'IA', 'MFD'])).toEqual([5, 3, 1])
})

test('every kind of licence has a clause', () => {
  const clauses = retentionsOf({ licences: LicenceType.options, lastSentAt, now }).map(({ clause }) => clause)
  expect(clauses).toHaveLength(LicenceType.options.length)
  expect(clauses.every((clause) => clause.length > 20)).toBe(true)
})

test('nothing is kept of somebody to whom nothing was ever sent, nor under a law that is over', () => {
  expect(retentionsOf({ licences: ['IA', 'INS'], lastSentAt: null, now })).toEqual([])
  expect(yearsOf(['IA', 'MFD'], new Date('2027-03-01T10:00:00.000Z'))).toEqual([5])
})

test('invoices are kept for eight years from the end of their financial year, the 31st of March in India', () => {
  const untilOf = (issuedAt: string) => invoiceRetention(new Date(issuedAt), now)?.until.toISOString()
  expect(untilOf('2026-03-31T18:29:59.999Z')).toBe('2034-03-31T18:30:00.000Z')
  expect(untilOf('2026-03-31T18:30:00.000Z')).toBe('2035-03-31T18:30:00.000Z')
  expect(untilOf('2018-03-31T10:00:00.000Z')).toBeUndefined()
})
