import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contributionsOf, type Example, fitLogistic, probabilityOf } from './logistic.ts'

/**
 * Motor Trend's road tests of 1974 (the data set `mtcars` of R): weight in 1000 lb, and whether the gears are shifted by
 * hand.
 */
const CARS: [number, 0 | 1][] = [
  [2.62, 1],
  [2.875, 1],
  [2.32, 1],
  [3.215, 0],
  [3.44, 0],
  [3.46, 0],
  [3.57, 0],
  [3.19, 0],
  [3.15, 0],
  [3.44, 0],
  [3.44, 0],
  [4.07, 0],
  [3.73, 0],
  [3.78, 0],
  [5.25, 0],
  [5.424, 0],
  [5.345, 0],
  [2.2, 1],
  [1.615, 1],
  [1.835, 1],
  [2.465, 0],
  [3.52, 0],
  [3.435, 0],
  [3.84, 0],
  [3.845, 0],
  [1.935, 1],
  [2.14, 1],
  [1.513, 1],
  [3.17, 1],
  [2.77, 1],
  [3.57, 1],
  [2.78, 1],
]
const cars: Example[] = CARS.map(([weight, manual]) => ({ values: [weight], happened: manual === 1 }))

test('without a penalty it finds what glm(am ~ wt, binomial) of R finds: 12.040 - 4.024 wt, deviance 19.176', () => {
  const model = fitLogistic(cars, 0)
  const slope = (model.weights[0] ?? 0) / (model.scales[0] ?? 1)
  expect(slope).toBeCloseTo(-4.024, 3)
  expect(model.intercept - slope * (model.means[0] ?? 0)).toBeCloseTo(12.04, 2)
  const deviance = cars.reduce((sum, { values, happened }) => {
    const probability = probabilityOf(model, values)
    return sum - 2 * Math.log(happened ? probability : 1 - probability)
  }, 0)
  expect(deviance).toBeCloseTo(19.176, 3)
})

test('the penalty keeps weights finite where the classes can be told apart, and smaller the larger it is', () => {
  const apart = [1, 2, 3, 4].map((value) => ({ values: [value], happened: value > 2 }))
  const weights = [0.01, 1, 100].map((ridge) => fitLogistic(apart, ridge).weights[0] ?? 0)
  expect(weights).toEqual(weights.toSorted((a, b) => b - a))
  expect(weights.every((weight) => weight > 0 && weight < 20)).toBe(true)
})

const examples = fc.array(
  fc.record({
    values: fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.constant(3), fc.integer({ min: 0, max: 1 })),
    happened: fc.boolean(),
  }),
  { minLength: 2, maxLength: 60 },
)

test('at the optimum no direction is better: the slope of the penalised likelihood is nought, whatever the examples', () => {
  fc.assert(
    fc.property(examples, fc.constantFrom(0.5, 1, 10), (given, ridge) => {
      const model = fitLogistic(given, ridge)
      const miss = given.map(({ values, happened }) => probabilityOf(model, values) - (happened ? 1 : 0))
      const slope = model.weights.map((weight, j) => {
        const z = given.map(({ values }) => ((values[j] ?? 0) - (model.means[j] ?? 0)) / (model.scales[j] ?? 1))
        return miss.reduce((sum, one, index) => sum + one * (z[index] ?? 0), ridge * weight)
      })
      for (const one of slope) expect(Math.abs(one)).toBeLessThan(1e-3)
      const even = given.some(({ happened }) => happened) && given.some(({ happened }) => !happened)
      if (even) expect(Math.abs(miss.reduce((sum, one) => sum + one, 0))).toBeLessThan(1e-3)
    }),
  )
})

test('what the features contribute adds up to the log-odds, and one that never differs contributes nothing', () => {
  const model = fitLogistic(
    cars.map((car) => ({ ...car, values: [...car.values, 7] })),
    1,
  )
  const contributions = contributionsOf(model, [2.5, 7])
  const logOdds = contributions.reduce((sum, one) => sum + one, model.intercept)
  expect(1 / (1 + Math.exp(-logOdds))).toBeCloseTo(probabilityOf(model, [2.5, 7]), 12)
  expect(contributions[1]).toBe(0)
})

test('nothing to learn from, and a feature that is missing, are told', () => {
  expect(() => fitLogistic([], 1)).toThrow('nothing to learn from')
  expect(() => probabilityOf(fitLogistic(cars, 1), [])).toThrow('a feature is missing')
})
