import { expect, test } from 'vitest'
import { randomFrom } from '../testing.ts'
import { chanceOf, holm, studentTail, type Tally } from './chance.ts'

/** Upper critical values of Student's t, two-sided 5% and 1%: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2. */
test.each([
  [1, 12.706, 63.657],
  [2, 4.303, 9.925],
  [5, 2.571, 4.032],
  [10, 2.228, 3.169],
  [30, 2.042, 2.75],
  [100, 1.984, 2.626],
])('the tail of Student`s t is that of the published table (%i degrees of freedom)', (freedom, five, one) => {
  expect(studentTail(five, freedom)).toBeCloseTo(0.05, 4)
  expect(studentTail(-one, freedom)).toBeCloseTo(0.01, 4)
})

test('the tail of Student`s t is that of its closed forms', () => {
  for (const t of [0, 0.1, 0.7, 1, 2.5, 12, 400]) {
    expect(studentTail(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 10)
    expect(studentTail(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 10)
    expect(studentTail(t, 4)).toBeCloseTo(1 - (t * (t * t + 6)) / (t * t + 4) ** 1.5, 10)
  }
})

test('Holm: the example of five tests, of which the smallest stand until one does not', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([true, false, false, true])
  expect(holm([0.06, 0.001])).toEqual([false, true])
  expect(holm([0.02, 0.02, 0.02])).toEqual([false, false, false])
  expect(holm([])).toEqual([])
})

test('too few messages or campaigns on either side say nothing', () => {
  const many = [1, 2, 3, 4].map(() => ({ hits: 50, of: 100 }))
  expect(chanceOf(many.slice(0, 2), many)).toBeNull()
  expect(
    chanceOf(many, [
      { hits: 1, of: 9 },
      { hits: 1, of: 9 },
      { hits: 1, of: 9 },
    ]),
  ).toBeNull()
  expect(chanceOf(many, [])).toBeNull()
  expect(chanceOf(many, many)).toBeCloseTo(1, 10)
})

/** Campaigns whose own share lies around a mean: the people of one are alike. */
const campaigns = (random: () => number, count: number, share: number): Tally[] =>
  Array.from({ length: count }, () => {
    const own = Math.min(1, Math.max(0, share + (random() - 0.5) * 0.4))
    const of = 20 + Math.floor(random() * 200)
    return { of, hits: Array.from({ length: of }, random).filter((value) => value < own).length }
  })

test('where there is no difference one is found in about one of twenty, although campaigns differ', () => {
  const random = randomFrom(11)
  const runs = 1_500
  let found = 0
  for (let run = 0; run < runs; run++) {
    const [ours, others] = [campaigns(random, 4 + (run % 8), 0.5), campaigns(random, 12, 0.5)]
    if ((chanceOf(ours, others) ?? 1) < 0.05) found++
  }
  expect(found / runs).toBeGreaterThan(0.02)
  expect(found / runs).toBeLessThan(0.075)
})

test('a large difference is found nearly always', () => {
  const random = randomFrom(12)
  const found = Array.from({ length: 200 }, () => chanceOf(campaigns(random, 8, 0.7), campaigns(random, 12, 0.4)) ?? 1)
  expect(found.filter((chance) => chance < 0.05).length).toBeGreaterThan(190)
})
