const DAY_MS = 86_400_000

/** A day so many days later (earlier when negative), in the calendar, `YYYY-MM-DD`. */
export const dayAfter = (day: string, days = 1): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)

/** How many days a range has, both ends included. */
const lengthOf = ({ from, to }: Range): number => (Date.parse(to) - Date.parse(from)) / DAY_MS + 1

/** All days of a range, both ends included. */
export const daysOf = (from: string, to: string): string[] =>
  Array.from({ length: lengthOf({ from, to }) }, (_, index) => dayAfter(from, index))

/** The same day so many months before; the last of that month where it is shorter. */
export function monthsBefore(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const lastOfMonth = new Date(Date.UTC(year, month - months, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 - months, Math.min(date, lastOfMonth))).toISOString().slice(0, 10)
}

/** The Monday of the week in which a day lies. */
export const mondayOf = (day: string): string => dayAfter(day, -((new Date(day).getUTCDay() + 6) % 7))

/** Days in India, both ends included. */
export interface Range {
  from: string
  to: string
}

/** The days of a report and those that it is compared with. */
export interface Head {
  range: Range
  previous: Range
}

/** The days just before a range, as many as it has. */
export const periodBefore = (range: Range): Range => ({
  from: dayAfter(range.from, -lengthOf(range)),
  to: dayAfter(range.from, -1),
})

/** The longest range that a report looks at, in months. */
const MAX_MONTHS = 13
const DEFAULT_DAYS = 30

/**
 * The range that somebody asks for; the last 30 days where they do not say.
 *
 * @returns a sentence on what is wrong, where it is not at most 13 months in order
 */
export function rangeOf(asked: { from?: string | undefined; to?: string | undefined }, today: string): Range | string {
  const to = asked.to ?? today
  const from = asked.from ?? dayAfter(to, 1 - DEFAULT_DAYS)
  if (from > to) return `The first day ${from} is after the last day ${to}.`
  const longest = monthsBefore(dayAfter(to), MAX_MONTHS)
  if (from < longest) return `A report covers ${MAX_MONTHS} months at the most: from ${longest} to ${to}.`
  return { from, to }
}

export const GRAINS = ['day', 'week', 'month'] as const
export type Grain = (typeof GRAINS)[number]

/** How finely a trend is drawn, so that a chart has a few dozen points. */
export function grainOf(range: Range): Grain {
  const days = lengthOf(range)
  return days <= 35 ? 'day' : days <= 182 ? 'week' : 'month'
}

/** The first day of the day, week (from Monday) or month in which a day lies. */
export function startOf(day: string, grain: Grain): string {
  if (grain === 'day') return day
  if (grain === 'month') return `${day.slice(0, 7)}-01`
  return mondayOf(day)
}

/** Monday is 1, Sunday 7 (ISO 8601). */
export const weekdayOf = (day: string): number => ((new Date(day).getUTCDay() + 6) % 7) + 1
