import { dayAfter, daysOf, type Grain, type Range, startOf } from './range.ts'

/** The parts of a range by days, weeks or months, each with its rows; the first and last may be cut off by its ends. */
export function pointsOf<Row extends { day: string }>(
  rows: readonly Row[],
  range: Range,
  grain: Grain,
): (Range & { rows: Row[] })[] {
  const starts = [...new Set(daysOf(range.from, range.to).map((day) => startOf(day, grain)))]
  const byStart = Map.groupBy(rows, ({ day }) => startOf(day, grain))
  return starts.map((start, index) => {
    const next = starts[index + 1]
    return {
      from: index === 0 ? range.from : start,
      to: next === undefined ? range.to : dayAfter(next, -1),
      rows: byStart.get(start) ?? [],
    }
  })
}
