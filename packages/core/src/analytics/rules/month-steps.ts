import { startOfIstDay } from '@pramaan/shared'
import { dayAfter, daysOf, type Range } from './range.ts'

/** A month in India, `YYYY-MM`, or the part of it that lies in a range: after `from`, up to and including `to`. */
export interface Step {
  month: string
  from: Date
  to: Date
}

/** The months of a range of days, the first and last cut to it; none of it is later than `now`. */
export function monthSteps(range: Range, now: Date): Step[] {
  const months = [...new Set(daysOf(range.from, range.to).map((day) => day.slice(0, 7)))]
  return months.flatMap((month) => {
    const first = `${month}-01`
    const from = startOfIstDay(first < range.from ? range.from : first)
    const next = `${dayAfter(first, 31).slice(0, 7)}-01`
    const after = dayAfter(range.to)
    const to = new Date(Math.min(startOfIstDay(next < after ? next : after).getTime(), now.getTime()))
    return from < to ? [{ month, from, to }] : []
  })
}
