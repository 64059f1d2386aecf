import type { ProportionView } from '@pramaan/shared'
import { chanceOf, holm, sumOf, type Tally } from './chance.ts'
import type { Range } from './range.ts'

/** Fewer than these are no group: a share of them would tell of single people and not of a text. */
export const SMALL = 10

/** The 95% point of the normal distribution, two-sided. */
const Z = 1.959964

export const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits))

/** A share in three digits, or null where it is of too few. */
export const shareOf = (hits: number, of: number): number | null => (of < SMALL ? null : roundTo(hits / of, 3))

export const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)

/** What a share may be, with 95% confidence (Wilson, Journal of the American Statistical Association 22, 1927, 209). */
export function wilson(hits: number, of: number): { low: number; high: number } | null {
  if (of < SMALL) return null
  const share = hits / of
  const middle = (share + Z ** 2 / (2 * of)) / (1 + Z ** 2 / of)
  const half = (Z / (1 + Z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2))
  return { low: roundTo(middle - half, 3), high: roundTo(middle + half, 3) }
}

/** The value below which this part of some numbers lies, between two of them by how near it is; null without any. */
export function quantile(values: readonly number[], part: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? 0
  return roundTo(below + (above - below) * (place - Math.floor(place)), 1)
}

/** The path of the rows that a number counts. */
export function rowsOf(kind: string, { from, to }: Range, filter: Record<string, string | number> = {}): string {
  const asked = new URLSearchParams({ kind, from, to })
  for (const [name, value] of Object.entries(filter)) asked.set(name, String(value))
  return `/api/analytics/rows?${asked}`
}

/** A share now and before: each as the tallies of its campaigns (of texts, where each counts for itself). */
export interface Comparison {
  now: ReadonlyMap<string, Tally>
  before: ReadonlyMap<string, Tally>
  rows: string
}

/**
 * Shares with what they were before. Of all that one report compares, those are beyond chance that stand together
 * (`holm`), so that a report without any difference says so in 95 of 100 cases.
 */
export function compare<Name extends string>(comparisons: Record<Name, Comparison>): Record<Name, ProportionView> {
  const names = Object.keys(comparisons) as Name[]
  const tested = names.flatMap((name) => {
    const chance = chanceIn(comparisons[name])
    return chance === null ? [] : [{ name, chance }]
  })
  const stands = holm(tested.map(({ chance }) => chance))
  const views = names.map((name) => {
    const place = tested.findIndex((one) => one.name === name)
    return [name, proportionOf(comparisons[name], place < 0 ? null : (stands[place] ?? false))] as const
  })
  return Object.fromEntries(views) as Record<Name, ProportionView>
}

/** How probable the difference is where there is none; null where there is too little to tell. */
export const chanceIn = ({ now, before }: Comparison): number | null =>
  chanceOf([...now.values()], [...before.values()])

function proportionOf({ now, before, rows }: Comparison, beyondChance: boolean | null): ProportionView {
  const [current, earlier] = [sumOf([...now.values()]), sumOf([...before.values()])]
  const share = shareOf(current.hits, current.of)
  const previousShare = shareOf(earlier.hits, earlier.of)
  const change = share === null || previousShare === null ? null : roundTo(100 * (share - previousShare), 1)
  return { count: current.hits, of: current.of, share, previousShare, change, beyondChance, rows }
}

/** By campaign (or text), one tally of the rows that are about it. */
export function talliesOf<Row>(
  rows: readonly Row[],
  of: { id: (row: Row) => string; hits: (row: Row) => number; of: (row: Row) => number },
): Map<string, Tally> {
  const tallies = new Map<string, Tally>()
  for (const row of rows) {
    const tally = tallies.get(of.id(row))
    if (tally) {
      tally.hits += of.hits(row)
      tally.of += of.of(row)
    } else {
      tallies.set(of.id(row), { hits: of.hits(row), of: of.of(row) })
    }
  }
  return tallies
}

/** Whole paise of thousandths of a paisa. */
export const paiseOf = (millipaise: number): number => Math.round(millipaise / 1000)
