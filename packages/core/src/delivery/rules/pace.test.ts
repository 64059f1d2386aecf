import { expect, test } from 'vitest'
import { allowanceOf } from './pace.ts'

const SECOND = 1_000

/** Takes all that is allowed, again and again; the times in ms at which how many were taken. */
function takeFor(durationMs: number, throughput: number, everyMs: number): { at: number; count: number }[] {
  let lane = { takenAt: new Date(-10_000), taken: 0, pausedUntil: null }
  const takings: { at: number; count: number }[] = []
  for (let at = 0; at < durationMs; at += everyMs) {
    const { allowed, taken } = allowanceOf({ ...lane, now: new Date(at) }, throughput)
    const count = Math.min(allowed, 20)
    if (count === 0) continue
    takings.push({ at, count })
    lane = { ...lane, takenAt: new Date(at), taken: taken + count }
  }
  return takings
}

test.each([
  [20, 10],
  [80, 10],
  [80, 333],
  [1_000, 50],
])(
  'a number of %d a second never gets more in any second, asked every %d ms, and is not starved',
  (throughput, every) => {
    const takings = takeFor(60 * SECOND, throughput, every)
    for (const { at } of takings) {
      const within = takings.filter((one) => one.at >= at && one.at < at + SECOND)
      expect(within.reduce((sum, one) => sum + one.count, 0)).toBeLessThanOrEqual(throughput)
    }
    const sent = takings.reduce((sum, one) => sum + one.count, 0)
    const asked = Math.min(throughput * 0.75 * 60, (20 * 60 * SECOND) / every)
    expect(sent).toBeGreaterThan(asked * 0.4)
  },
)

test('a pause of the vendor stops everything until it is over', () => {
  const lane = { now: new Date(0), takenAt: new Date(-9_000), taken: 0, pausedUntil: new Date(4_000) }
  expect(allowanceOf(lane, null)).toMatchObject({ allowed: 0, nextAt: new Date(4_000) })
  expect(allowanceOf({ ...lane, now: new Date(4_000) }, null).allowed).toBe(60)
})
