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
