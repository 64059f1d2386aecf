const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
/** India has one time zone and no summer time. */
const IST_MINUTES = 330

/** From and until which minute of the Indian day nothing is sent; `from` may be later than `until`, over midnight. */
export interface QuietHours {
  from: number
  until: number
}

/** `21:30` as minutes of the day. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** Minutes of the day as `21:30`. */
export const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** How long nothing is to be sent from `now` on, in ms; 0 outside of the quiet hours. */
export function quietFor(quiet: QuietHours, now: Date): number {
  const { from, until } = quiet
  const sinceMidnight = now.getTime() / MINUTE_MS + IST_MINUTES
  const minute = ((sinceMidnight % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES
  const isQuiet = from <= until ? minute >= from && minute < until : minute >= from || minute < until
  return isQuiet ? Math.ceil(((until - minute + DAY_MINUTES) % DAY_MINUTES) * MINUTE_MS) : 0
}
