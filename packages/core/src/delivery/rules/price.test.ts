import { expect, test } from 'vitest'
import { costOf, countryOf, paise, priceOf } from './price.ts'

const NOW = new Date('2026-11-25T00:00:00Z')

test('a price holds from its first day in India on, and there is none before', () => {
  expect(priceOf('IN', 'MARKETING', NOW)).toBe(86_310)
  expect(priceOf('IN', 'service', new Date('2026-09-30T18:29:59Z'))).toBeNull()
  expect(priceOf('IN', 'service', new Date('2026-09-30T18:30:00Z'))).toBe(11_500)
  expect(priceOf('US', 'marketing', NOW)).toBeNull()
  expect(priceOf(null, 'marketing', NOW)).toBeNull()
})

test('what WhatsApp calls free costs nothing, in whatever category', () => {
  expect(costOf({ type: 'free_customer_service', category: 'service' }, 'IN', NOW)).toBe(0)
  expect(costOf({ type: 'regular', category: 'utility' }, 'IN', NOW)).toBe(11_500)
})

test('the country is that of the phone, or of the id where WhatsApp hides the phone', () => {
  expect([countryOf('+919876501234'), countryOf('IN.77120394856610293847'), countryOf('+15550001')]).toEqual([
    'IN',
    'IN',
    null,
  ])
})

test('an estimate is rounded up to whole paise', () => {
  expect([paise(86_310), paise(86_310 * 1_000), paise(0)]).toEqual([87, 86_310, 0])
})
