/** A fitted logistic regression: log-odds = intercept + sum of weight * (value - mean) / scale. */
export interface Logistic {
  intercept: number
  weights: number[]
  means: number[]
  scales: number[]
}

/** One observation: the values of its features, and whether what is predicted came about. */
export interface Example {
  values: readonly number[]
  happened: boolean
}

/** How far each feature, alone, moves the log-odds away from those of an average observation. */
export const contributionsOf = ({ weights, means, scales }: Logistic, values: readonly number[]): number[] =>
  weights.map((weight, index) => (weight * (at(values, index) - at(means, index))) / at(scales, index))

export const logOddsOf = (model: Logistic, values: readonly number[]): number =>
  contributionsOf(model, values).reduce((sum, one) => sum + one, model.intercept)

export const probabilityOf = (model: Logistic, values: readonly number[]): number => sigmoid(logOddsOf(model, values))

const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds))

const STEPS_AT_MOST = 50
const SMALL = 1e-10

/**
 * Maximum likelihood under a ridge penalty (`ridge` / 2 times the sum of squared weights of standardised features; not the
 * intercept), by Newton's method with step halving. See Hastie, Tibshirani, Friedman, The Elements of Statistical Learning,
 * 2nd ed., 4.4.1 and 3.4.1. The penalty makes the optimum unique, also where the classes can be told apart perfectly.
 *
 * @throws Error without examples, or when it does not converge
 */
export function fitLogistic(examples: readonly Example[], ridge: number): Logistic {
  const [first] = examples
  if (!first) throw new Error('nothing to learn from')
  const { means, scales } = spreadOf(examples)
  const rows = examples.map(({ values }) =>
    Float64Array.of(1, ...values.map((value, j) => (value - at(means, j)) / at(scales, j))),
  )
  const happened = examples.map((example) => (example.happened ? 1 : 0))
  let coefficients = new Array<number>(first.values.length + 1).fill(0)
  let loss = lossOf(rows, happened, coefficients, ridge)
  for (let step = 0; step < STEPS_AT_MOST; step++) {
    const { gradient, hessian } = slopeOf(rows, happened, coefficients, ridge)
    const direction: number[] = solve(hessian, gradient)
    let size = 1
    let next = coefficients.map((one, j) => one - at(direction, j))
    let nextLoss = lossOf(rows, happened, next, ridge)
    for (; nextLoss > loss && size > SMALL; nextLoss = lossOf(rows, happened, next, ridge)) {
      size /= 2
      next = coefficients.map((one, j) => one - size * at(direction, j))
    }
    const done = loss - nextLoss < SMALL * (1 + Math.abs(loss))
    if (nextLoss <= loss) [coefficients, loss] = [next, nextLoss]
    if (done) return { intercept: at(coefficients, 0), weights: coefficients.slice(1), means, scales }
  }
  throw new Error('the regression did not converge')
}

/** Mean and standard deviation of each feature; one that never differs gets the scale 1, and by the penalty no weight. */
function spreadOf(examples: readonly Example[]): { means: number[]; scales: number[] } {
  const width = examples[0]?.values.length ?? 0
  const means = Array.from({ length: width }, (_, j) => mean(examples.map(({ values }) => at(values, j))))
  const scales = means.map((center, j) => {
    const deviation = Math.sqrt(mean(examples.map(({ values }) => (at(values, j) - center) ** 2)))
    return deviation > SMALL ? deviation : 1
  })
  return { means, scales }
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

const penaltyOf = (coefficients: readonly number[], ridge: number): number =>
  (ridge / 2) * coefficients.slice(1).reduce((sum, one) => sum + one * one, 0)

/** The negative log-likelihood and the penalty. log(1 + e^x) is taken so that it does not overflow. */
function lossOf(
  rows: readonly Float64Array[],
  happened: readonly number[],
  coefficients: readonly number[],
  ridge: number,
): number {
  let loss = penaltyOf(coefficients, ridge)
  for (const [index, row] of rows.entries()) {
    const logOdds = product(row, coefficients)
    loss += Math.max(logOdds, 0) + Math.log1p(Math.exp(-Math.abs(logOdds))) - at(happened, index) * logOdds
  }
  return loss
}

function slopeOf(
  rows: readonly Float64Array[],
  happened: readonly number[],
  coefficients: readonly number[],
  ridge: number,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const width = coefficients.length
  const gradient = Float64Array.from(coefficients, (one, j) => (j === 0 ? 0 : ridge * one))
  const hessian = coefficients.map((_, j) =>
    Float64Array.from({ length: width }, (__, k) => (j === k && j > 0 ? ridge : 0)),
  )
  for (const [index, row] of rows.entries()) {
    const probability = sigmoid(product(row, coefficients))
    const miss = probability - at(happened, index)
    const curvature = probability * (1 - probability)
    for (let j = 0; j < width; j++) {
      const line = hessian[j] as Float64Array
      const value = row[j] as number
      gradient[j] = (gradient[j] as number) + miss * value
      // The other half is the same, and is not looked at.
      for (let k = 0; k <= j; k++) line[k] = (line[k] as number) + curvature * value * (row[k] as number)
    }
  }
  return { gradient, hessian }
}

function product(left: Float64Array, right: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < left.length; index++) sum += (left[index] as number) * at(right, index)
  return sum
}

/** Solves a system whose matrix is symmetric and positive definite, by its Cholesky factor; the lower half is enough. */
function solve(matrix: readonly Float64Array[], right: Float64Array): number[] {
  const size = right.length
  const lower = matrix.map(() => new Float64Array(size))
  const cell = (j: number, k: number) => at(lower[j] as Float64Array, k)
  for (let j = 0; j < size; j++) {
    for (let k = 0; k <= j; k++) {
      let rest = at(matrix[j] as Float64Array, k)
      for (let i = 0; i < k; i++) rest -= cell(j, i) * cell(k, i)
      if (j === k && !(rest > 0)) throw new Error('the regression did not converge')
      ;(lower[j] as Float64Array)[k] = j === k ? Math.sqrt(rest) : rest / cell(k, k)
    }
  }
  const middle: number[] = []
  for (let j = 0; j < size; j++) {
    let rest = at(right, j)
    for (let k = 0; k < j; k++) rest -= cell(j, k) * at(middle, k)
    middle.push(rest / cell(j, j))
  }
  const solution = new Array<number>(size).fill(0)
  for (let j = size - 1; j >= 0; j--) {
    let rest = at(middle, j)
    for (let k = j + 1; k < size; k++) rest -= cell(k, j) * at(solution, k)
    solution[j] = rest / cell(j, j)
  }
  return solution
}

function at(numbers: ArrayLike<number>, index: number): number {
  const value = numbers[index]
  if (value === undefined) throw new Error('a feature is missing')
  return value
}
