/** So many of so many: the messages of one campaign that were read, of those that arrived. */
export interface Tally {
  hits: number
  of: number
}

/** Fewer than these say nothing: messages, and campaigns, on each side of a comparison. */
const MIN_MESSAGES = 30
const MIN_CAMPAIGNS = 3

/**
 * How probable a difference in shares at least this large is where there is none (two-sided), or null where there is too
 * little to tell. Each list has one tally for each campaign.
 *
 * What the people of one campaign do is alike, as it is one text at one time, so messages are not drawn one by one. The
 * variance of each share is that of a ratio over campaigns (Cochran, Sampling Techniques, 3rd ed., 6.3: the ratio
 * estimate over clusters; the ground of Rao and Scott, Biometrics 48, 1992, 577), never taken for smaller than that of
 * single messages. The difference is compared with Student's t, with the degrees of freedom of Welch and Satterthwaite.
 */
export function chanceOf(ours: readonly Tally[], others: readonly Tally[]): number | null {
  const [one, other] = [ours, others].map((tallies) => tallies.filter(({ of }) => of > 0)) as [Tally[], Tally[]]
  const enough = [one, other].every((side) => side.length >= MIN_CAMPAIGNS && sumOf(side).of >= MIN_MESSAGES)
  if (!enough) return null
  const pooled = shareOf([...one, ...other])
  const sides = [one, other].map((tallies) => ({ share: shareOf(tallies), variance: varianceOf(tallies, pooled) }))
  const [a, b] = sides
  if (!a || !b || a.variance + b.variance === 0) return null
  const t = (a.share - b.share) / Math.sqrt(a.variance + b.variance)
  const freedom =
    (a.variance + b.variance) ** 2 / (a.variance ** 2 / (one.length - 1) + b.variance ** 2 / (other.length - 1))
  return studentTail(t, freedom)
}

export function sumOf(tallies: readonly Tally[]): Tally {
  const total = { hits: 0, of: 0 }
  for (const { hits, of } of tallies) {
    total.hits += hits
    total.of += of
  }
  return total
}

const shareOf = (tallies: readonly Tally[]): number => {
  const { hits, of } = sumOf(tallies)
  return of === 0 ? 0 : hits / of
}

function varianceOf(tallies: readonly Tally[], pooled: number): number {
  const [share, { of }, clusters] = [shareOf(tallies), sumOf(tallies), tallies.length]
  const spread = tallies.reduce((sum, tally) => sum + (tally.hits - share * tally.of) ** 2, 0)
  const ofCampaigns = clusters > 1 ? ((clusters / (clusters - 1)) * spread) / of ** 2 : Number.POSITIVE_INFINITY
  return Math.max(ofCampaigns, (pooled * (1 - pooled)) / of)
}

/**
 * Which of several tests stand, so that with a probability of 95% no difference is told that is none (Holm, Scandinavian
 * Journal of Statistics 6, 1979, 65).
 */
export function holm(probabilities: readonly number[], level = 0.05): boolean[] {
  const order = probabilities.map((_, index) => index).toSorted((a, b) => at(probabilities, a) - at(probabilities, b))
  const stands = probabilities.map(() => false)
  for (const [rank, index] of order.entries()) {
    if (at(probabilities, index) > level / (probabilities.length - rank)) break
    stands[index] = true
  }
  return stands
}

const at = (values: readonly number[], index: number): number => values[index] ?? 1

/** How probable a value of Student's t as far from zero as this is, by `freedom` degrees. */
export const studentTail = (t: number, freedom: number): number =>
  incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)

/** The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1
  // The fraction converges fast on this side of the mean; the other side follows from symmetry (DLMF 8.17.4).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  return front / betaFraction(x, a, b)
}

const TERMS = 200

/** From its last term back to the first. */
function betaFraction(x: number, a: number, b: number): number {
  let value = 1
  for (let term = TERMS; term >= 1; term--) {
    const m = Math.floor(term / 2)
    const coefficient =
      term % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    value = 1 + coefficient / value
  }
  return value
}

/** By Stirling's series (DLMF 5.11.1), which is exact to 1e-12 from 10 on; smaller values are brought there. */
function logGamma(x: number): number {
  if (x < 10) return logGamma(x + 1) - Math.log(x)
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1_260 * x ** 5) - 1 / (1_680 * x ** 7)
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series
}
