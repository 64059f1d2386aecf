/** A forecast and what came about. */
export interface Forecast {
  probability: number
  happened: boolean
}

/**
 * The area under the ROC curve: how often one to whom it happened had the higher probability than one to whom it did not,
 * equal ones counting half (Mann and Whitney 1947; Hanley and McNeil 1982). 0.5 is chance; null when one kind is missing.
 */
export function aucOf(forecasts: readonly Forecast[]): number | null {
  const sorted = forecasts.toSorted((a, b) => a.probability - b.probability)
  const positives = forecasts.filter(({ happened }) => happened).length
  const negatives = forecasts.length - positives
  if (positives === 0 || negatives === 0) return null
  let ranks = 0
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to]?.probability === sorted[from]?.probability) to++
    const shared = (from + 1 + to) / 2
    ranks += shared * sorted.slice(from, to).filter(({ happened }) => happened).length
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** The mean squared error of the probabilities (Brier 1950): 0 is perfect. */
export const brierOf = (forecasts: readonly Forecast[]): number =>
  forecasts.reduce((sum, { probability, happened }) => sum + (probability - (happened ? 1 : 0)) ** 2, 0) /
  forecasts.length

/** The mean of minus the logarithm of what was said of that which came about: it punishes who is wrong and sure. */
export const logLossOf = (forecasts: readonly Forecast[]): number =>
  forecasts.reduce((sum, { probability, happened }) => sum - Math.log(happened ? probability : 1 - probability), 0) /
  forecasts.length

/** Forecasts between two probabilities: what was said on average, and what share came about. */
export interface ReliabilityBin {
  from: number
  to: number
  count: number
  said: number
  happened: number
}

const EDGES = [0, 0.02, 0.05, 0.1, 0.2, 0.4, 1]

/** Whether a probability means what it says; bins without forecasts are left out. */
export function reliabilityOf(forecasts: readonly Forecast[]): ReliabilityBin[] {
  return EDGES.slice(0, -1).flatMap((from, index) => {
    const to = EDGES[index + 1] ?? 1
    const within = forecasts.filter(({ probability: p }) => p >= from && (p < to || (to === 1 && p === 1)))
    if (within.length === 0) return []
    const said = within.reduce((sum, { probability }) => sum + probability, 0) / within.length
    const happened = within.filter((one) => one.happened).length / within.length
    return [{ from, to, count: within.length, said, happened }]
  })
}
