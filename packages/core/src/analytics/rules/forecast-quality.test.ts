import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aucOf, brierOf, type Forecast, logLossOf, reliabilityOf } from './forecast-quality.ts'

const forecast = fc.record({
  probability: fc.integer({ min: 0, max: 20 }).map((twentieth) => twentieth / 20),
  happened: fc.boolean(),
})
const forecasts = fc.array(forecast, { minLength: 1, maxLength: 80 })

test('the area under the curve is the share of pairs in the right order, equal ones counting half', () => {
  fc.assert(
    fc.property(forecasts, (given) => {
      const [yes, no] = [given.filter(({ happened }) => happened), given.filter(({ happened }) => !happened)]
      const pairs = yes.flatMap(({ probability: a }) => no.map(({ probability: b }) => (a > b ? 1 : a === b ? 0.5 : 0)))
      const expected = pairs.length === 0 ? null : pairs.reduce((sum: number, one) => sum + one, 0) / pairs.length
      const area = aucOf(given)
      if (expected === null) expect(area).toBeNull()
      else expect(area).toBeCloseTo(expected, 10)
    }),
  )
})

test('the Brier score is nought for who is always right and sure, a quarter for who always says a half', () => {
  const sure: Forecast[] = [true, false, true].map((happened) => ({ probability: happened ? 1 : 0, happened }))
  expect(brierOf(sure)).toBe(0)
  expect(brierOf(sure.map(({ happened }) => ({ probability: 0.5, happened })))).toBe(0.25)
  expect(brierOf([{ probability: 0.1, happened: true }])).toBeCloseTo(0.81, 12)
})

test('the log loss is that of a coin for who always says a half, and grows without end for who is wrong and sure', () => {
  const half: Forecast[] = [true, false].map((happened) => ({ probability: 0.5, happened }))
  expect(logLossOf(half)).toBeCloseTo(Math.LN2, 12)
  expect(logLossOf([{ probability: 0.001, happened: true }])).toBeCloseTo(Math.log(1000), 12)
})

test('each forecast is in one bin, which tells what was said and what came about', () => {
  fc.assert(
    fc.property(forecasts, (given) => {
      const bins = reliabilityOf(given)
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(given.length)
      const came = bins.reduce((sum, { count, happened }) => sum + count * happened, 0)
      expect(came).toBeCloseTo(given.filter(({ happened }) => happened).length, 8)
      for (const { from, to, said } of bins) expect(said >= from - 1e-12 && said <= to + 1e-12).toBe(true)
    }),
  )
})
