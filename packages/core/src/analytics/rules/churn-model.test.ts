import { expect, test } from 'vitest'
import { GUESS, simulate } from '../../../testing/churn/simulate.ts'
import { FEATURE_NAMES, type Observation, valuesOf } from './churn-features.ts'
import { fitChurn, fitUncalibrated, learnChurn, qualityOf, riskOf, SHIPPED } from './churn-model.ts'
import type { Logistic } from './logistic.ts'

/** A firm about which there is nothing to say. */
const WELL: Observation = {
  textsRecent: 8,
  textsBefore: 16,
  sentBackRecent: 0,
  messagesRecent: 400,
  messagesBefore: 800,
  failedRecent: 4,
  daysSinceSignIn: 1,
  lateReviews: 0,
  grievances: 0,
  chargeFailing: false,
  downgraded: false,
  daysPaid: 20,
  yearly: false,
  tenureDays: 400,
}
const WORSE: Partial<Observation>[] = [
  { daysSinceSignIn: 60 },
  { textsRecent: 0 },
  { grievances: 1 },
  { chargeFailing: true },
  { lateReviews: 3 },
]

test('each of what speaks for leaving raises the risk by the shipped weights, and is said in words with its numbers', () => {
  const { risk: before, band, reasons } = riskOf(SHIPPED, WELL)
  expect([band, reasons]).toEqual(['low', []])
  for (const change of WORSE) expect(riskOf(SHIPPED, { ...WELL, ...change }).risk).toBeGreaterThan(before)
  const troubled = riskOf(SHIPPED, { ...WELL, daysSinceSignIn: 60, textsRecent: 0, grievances: 2, chargeFailing: true })
  expect(troubled.band).not.toBe('low')
  expect(troubled.reasons.map(({ text }) => text)).toEqual(
    expect.arrayContaining(['2 grievances in 90 days', 'A charge has failed and is being tried again']),
  )
  expect(troubled.reasons.length).toBeLessThanOrEqual(3)
  const weights = troubled.reasons.map(({ weight }) => weight)
  expect(weights).toEqual(weights.toSorted((a, b) => b - a))
})

test('the end of what is paid for is a reason for who pays by the year, and none for who pays every month', () => {
  const said = (firm: Observation) => riskOf(SHIPPED, firm).reasons.map(({ feature }) => feature)
  expect(said({ ...WELL, yearly: true, daysPaid: 20 })).toContain('renewal_due')
  expect(said({ ...WELL, yearly: true, daysPaid: 200 })).not.toContain('renewal_due')
  expect(said(WELL)).not.toContain('renewal_due')
})

test('every feature has a shipped weight, and a value for a firm that has done nothing at all', () => {
  expect(SHIPPED.weights).toHaveLength(FEATURE_NAMES.length)
  const nothing = Object.fromEntries(
    Object.entries(WELL).map(([name, value]) => [name, typeof value === 'number' ? 0 : false]),
  ) as Observation
  expect(valuesOf(nothing).every(Number.isFinite)).toBe(true)
})

const firms = simulate({ ...GUESS, firms: 300, seed: 11 })
/** Weights that say of every firm that it leaves for certain, as far as a number can. */
const WRONG: Logistic = { ...SHIPPED, intercept: 9 }

test('calibration draws in what was learnt from few firms: others are foretold better, and in the same order', () => {
  const few = simulate({ ...GUESS, firms: 200, seed: 21 })
  const others = [22, 23, 24].flatMap((seed) => simulate({ ...GUESS, firms: 300, seed }))
  const [raw, calibrated] = [qualityOf(fitUncalibrated(few), others), qualityOf(fitChurn(few), others)]
  expect(calibrated?.brier).toBeLessThan(raw?.brier ?? 0)
  expect(calibrated?.auc).toBeCloseTo(raw?.auc ?? 0, 9)
})

test('weeks of one firm do not vouch for one another: with a firm in each week calibration sees no need to draw in', () => {
  const few = simulate({ ...GUESS, firms: 200, seed: 21 })
  const alone = few.map((example, index) => ({ ...example, firm: String(index) }))
  const size = ({ weights }: Logistic) => Math.hypot(...weights)
  expect(size(fitChurn(few))).toBeLessThan(0.9 * size(fitUncalibrated(few)))
  expect(size(fitChurn(alone))).toBeGreaterThan(0.95 * size(fitUncalibrated(few)))
})

test('a model of fewer firms than there are parts is as it was learnt', () => {
  const mine = [true, false, true, false].map((churned, index) => ({
    ...{ firm: String(index % 2), week: index, churned },
    observation: { ...WELL, daysSinceSignIn: index * 9 },
  }))
  expect(fitChurn(mine)).toEqual(fitUncalibrated(mine))
})

test('it learns when enough firms have left and what it learns foretells later weeks better than the weights in use', () => {
  const learnt = learnChurn(firms, WRONG)
  expect(learnt?.quality.auc).toBeGreaterThan(0.6)
  const others = simulate({ ...GUESS, firms: 300, seed: 12 })
  const [by, before] = [learnt && qualityOf(learnt.model, others), qualityOf(WRONG, others)]
  expect(by?.brier).toBeLessThan(before?.brier ?? 0)
})

test('it keeps the weights in use when too few have left, or when it has learnt nothing better', () => {
  let left = 0
  const few = firms.filter(({ churned }) => !churned || ++left <= 9 * FEATURE_NAMES.length)
  expect(learnChurn(few, WRONG)).toBeNull()
  expect(learnChurn([], SHIPPED)).toBeNull()
  const known = learnChurn(firms, WRONG)?.model ?? WRONG
  // Noise: who leaves is drawn by lot.
  const noise = firms.map((firm, index) => ({ ...firm, churned: index % 16 === 0 }))
  const flat: Logistic = { ...known, intercept: Math.log(1 / 15), weights: known.weights.map(() => 0) }
  expect(learnChurn(noise, flat)).toBeNull()
})
