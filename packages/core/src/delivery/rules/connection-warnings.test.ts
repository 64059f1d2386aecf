import { expect, test } from 'vitest'
import { connectionWarnings } from './connection-warnings.ts'

const WELL = {
  billingCurrency: 'INR',
  canSend: 'AVAILABLE',
  healthCode: null,
  quality: 'GREEN',
  nameStatus: 'APPROVED',
}
const BEFORE = new Date('2026-12-31T18:29:59Z')
const AFTER = new Date('2026-12-31T18:30:00Z')
const warn = (change: object, now = BEFORE) => connectionWarnings({ ...WELL, ...change }, now)

test('a number that is well, and one that nothing is known of, have no warning', () => {
  expect(warn({})).toEqual([])
  const unknown = { billingCurrency: null, canSend: null, quality: null, nameStatus: null }
  expect(warn(unknown)).toEqual([])
})

test('an account that is not billed in rupees is warned until the day in India, and told the truth after it', () => {
  expect(warn({ billingCurrency: 'USD' })).toMatchObject([
    { id: 'billing_currency', message: expect.stringContaining('have to move to INR by 31 December 2026') },
  ])
  expect(warn({ billingCurrency: 'USD' }, AFTER)).toMatchObject([
    { id: 'billing_currency', message: expect.stringContaining('has delivered nothing') },
  ])
})

test.each([
  [{ canSend: 'BLOCKED', healthCode: 141006 }, 'payment'],
  [{ canSend: 'BLOCKED', healthCode: 141000 }, 'blocked'],
  [{ canSend: 'BLOCKED' }, 'blocked'],
  [{ canSend: 'LIMITED' }, 'limited'],
  [{ quality: 'RED' }, 'quality'],
  [{ nameStatus: 'PENDING_REVIEW' }, 'name'],
])('%j is a warning of its own', (change, id) => expect(warn(change).map((one) => one.id)).toEqual([id]))
