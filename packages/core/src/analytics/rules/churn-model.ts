import shipped from './churn-default.json' with { type: 'json' }
import {
  FEATURE_NAMES,
  type FeatureName,
  HORIZON_WEEKS,
  type Observation,
  reasonOf,
  valuesOf,
} from './churn-features.ts'
import { aucOf, brierOf, type Forecast } from './forecast-quality.ts'
import { contributionsOf, type Example, fitLogistic, type Logistic, logOddsOf, probabilityOf } from './logistic.ts'

/** A firm that paid in a week, and whether it was gone `HORIZON_WEEKS` later. */
export interface ChurnExample {
  /** Whatever tells firms apart. */
  firm: string
  /** Any number that grows by one from week to week. */
  week: number
  observation: Observation
  churned: boolean
}

export interface ModelQuality {
  examples: number
  churned: number
  auc: number
  brier: number
}

export interface Risk {
  /** The probability that the firm is gone in `HORIZON_WEEKS`. */
  risk: number
  band: 'high' | 'medium' | 'low'
  /** What raises it most above that of an average firm; `weight` is in log-odds. */
  reasons: { feature: FeatureName; text: string; weight: number }[]
}

/** What is used until enough firms have left to learn from; see docs/analytics/churn.md. */
export const SHIPPED: Logistic = shipped

/** Where a call is worth the time of a person: about the four and the one and a half times of a usual firm. */
const HIGH = 0.4
const MEDIUM = 0.15
const REASONS_AT_MOST = 3
/** Below, a reason moves the odds by less than a sixth. */
const WORTH_SAYING = 0.15

/** Enough to hold thirteen weights in check without bending what hundreds of examples say. */
const RIDGE = 1
/** Ten events for each weight are the rule of thumb (Peduzzi and others 1996). */
/** Parts into which firms are dealt, each to judge what is learnt from the others. */
const FOLDS = 5
const CHURNED_AT_LEAST = 10 * FEATURE_NAMES.length
/** Of the weeks, the newest fifth judges what was learnt from the others. */
const HELD_BACK = 0.2

/** What the model says of a firm, and why. */
export function riskOf(model: Logistic, observation: Observation): Risk {
  const values = valuesOf(observation)
  const risk = probabilityOf(model, values)
  const contributions = contributionsOf(model, values)
  const reasons = FEATURE_NAMES.flatMap((feature, index) => {
    const weight = contributions[index] ?? 0
    const text = weight >= WORTH_SAYING ? reasonOf(feature, observation) : null
    return text === null ? [] : [{ feature, text, weight }]
  })
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, REASONS_AT_MOST)
  return { risk, band: risk >= HIGH ? 'high' : risk >= MEDIUM ? 'medium' : 'low', reasons }
}

const toExample = ({ observation, churned }: ChurnExample): Example => ({
  values: valuesOf(observation),
  happened: churned,
})

/** Weights as sure of themselves as they have a right to be. */
export function fitChurn(examples: readonly ChurnExample[]): Logistic {
  return calibrate(fitUncalibrated(examples), heldOut(examples))
}

export const fitUncalibrated = (examples: readonly ChurnExample[]): Logistic =>
  fitLogistic(examples.map(toExample), RIDGE)

/** What a model said in log-odds of firms that it was not learnt from, and what came about; all weeks of a firm together. */
function heldOut(examples: readonly ChurnExample[]): Example[] {
  const firms = [...new Set(examples.map(({ firm }) => firm))]
  const foldOf = new Map(firms.map((firm, index) => [firm, index % FOLDS]))
  const folds = Map.groupBy(examples, ({ firm }) => foldOf.get(firm))
  if (folds.size < FOLDS) return []
  return [...folds].flatMap(([fold, own]) => {
    const model = fitUncalibrated(examples.filter(({ firm }) => foldOf.get(firm) !== fold))
    return own.map(toExample).map(({ values, happened }) => ({ values: [logOddsOf(model, values)], happened }))
  })
}

/**
 * Lays the log-odds of a model on the line that fits best what others said of firms unknown to them (Platt 1999): weights
 * that fit the firms they were learnt from too well are drawn in. No firm passes another by it, and it stays the same kind
 * of model, whose reasons add up. As it is where there is nothing to go by.
 */
function calibrate(model: Logistic, said: readonly Example[]): Logistic {
  if (said.length === 0) return model
  const line = fitLogistic(said, RIDGE)
  const [weight = 1, mean = 0, scale = 1] = [line.weights[0], line.means[0], line.scales[0]]
  const slope = weight / scale
  return {
    ...model,
    intercept: line.intercept + slope * (model.intercept - mean),
    weights: model.weights.map((one) => slope * one),
  }
}

/** The forecasts of a model for examples, beside what came about. */
export const forecastsOf = (model: Logistic, examples: readonly ChurnExample[]): Forecast[] =>
  examples.map((example) => ({
    probability: probabilityOf(model, valuesOf(example.observation)),
    happened: example.churned,
  }))

/** @returns null where it cannot be told, because all or none of them were gone */
export function qualityOf(model: Logistic, examples: readonly ChurnExample[]): ModelQuality | null {
  const forecasts = forecastsOf(model, examples)
  const auc = aucOf(forecasts)
  if (auc === null) return null
  const churned = examples.filter((example) => example.churned).length
  return { examples: examples.length, churned, auc, brier: brierOf(forecasts) }
}

/**
 * A model that is learnt from all examples, if what is learnt from the older weeks foretells the newer ones better than
 * the present model does (by the Brier score); its quality is that of those newer weeks, which it had not seen.
 *
 * @returns null where there are too few firms that left, or it is no better
 */
export function learnChurn(
  examples: readonly ChurnExample[],
  present: Logistic,
): { model: Logistic; quality: ModelQuality } | null {
  const weeks = examples.map(({ week }) => week).toSorted((a, b) => a - b)
  const border = weeks[Math.floor(weeks.length * (1 - HELD_BACK))] ?? 0
  // Those whose outcome was known when the newer weeks began.
  const older = examples.filter(({ week }) => week + HORIZON_WEEKS <= border)
  const newer = examples.filter(({ week }) => week >= border)
  if (older.filter(({ churned }) => churned).length < CHURNED_AT_LEAST) return null
  const quality = qualityOf(fitChurn(older), newer)
  const before = qualityOf(present, newer)
  if (quality === null || before === null || quality.brier >= before.brier) return null
  return { model: fitChurn(examples), quality }
}
