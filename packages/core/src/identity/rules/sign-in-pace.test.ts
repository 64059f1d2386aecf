import { expect, test } from 'vitest'
import { FREE_FAILURES, waitFor } from './sign-in-pace.ts'

const MINUTE_MS = 60_000
const now = new Date('2026-11-24T06:30:00.000Z')
const after = (failures: number, minutesAgo = 0) =>
  waitFor({ failures, lastFailedAt: new Date(now.getTime() - minutesAgo * MINUTE_MS) }, now) / MINUTE_MS

test('nobody waits before there were many wrong tries', () => {
  expect(waitFor(null, now)).toBe(0)
  for (let failures = 0; failures < FREE_FAILURES; failures++) expect(after(failures)).toBe(0)
})

test('then the wait grows from a minute to an hour, and no further', () => {
  expect([50, 60, 70, 80, 90, 100, 110, 1_000, 1_000_000].map((failures) => after(failures))).toEqual([
    1, 2, 4, 8, 16, 32, 60, 60, 60,
  ])
})

test('it counts from the last wrong try, and a quiet day makes up for everything', () => {
  expect(after(70, 3)).toBe(1)
  expect(after(70, 4)).toBe(0)
  expect(after(1_000, 24 * 60)).toBe(0)
})
