import { expect, test } from 'vitest'
import { minuteOf, quietFor, timeOf } from './quiet-hours.ts'

const HOUR = 3_600_000
const NIGHT = { from: minuteOf('21:00'), until: minuteOf('08:30') }

test.each([
  ['2026-11-24T15:29:59Z', 0, 'a second before 21:00 in India'],
  ['2026-11-24T15:30:00Z', 11.5 * HOUR, '21:00 in India'],
  ['2026-11-24T18:30:00Z', 8.5 * HOUR, 'midnight in India'],
  ['2026-11-25T02:59:00Z', HOUR / 60, 'a minute before 08:30'],
  ['2026-11-25T03:00:00Z', 0, '08:30 in India'],
])('at %s it is quiet for %d ms more: %s', (now, ms) => expect(quietFor(NIGHT, new Date(now))).toBe(ms))

test('hours within one day are quiet between their ends only', () => {
  const noon = { from: minuteOf('12:00'), until: minuteOf('14:00') }
  expect(quietFor(noon, new Date('2026-11-24T06:30:00Z'))).toBe(2 * HOUR)
  expect(quietFor(noon, new Date('2026-11-24T08:30:00Z'))).toBe(0)
  expect(quietFor({ from: 600, until: 600 }, new Date('2026-11-24T04:30:00Z'))).toBe(0)
})

test('a time of day is written as it was read', () => expect(timeOf(minuteOf('09:05'))).toBe('09:05'))
