import { istDay, startOfIstDay } from '@pramaan/shared'

const DAY_MS = 24 * 3_600_000

/** From how many days on a licence is about to run out. */
const LAPSING_DAYS = 30

/** The moment at which a calendar day (`YYYY-MM-DD`) ends in India. */
export const endOfIstDay = (day: string): Date => new Date(startOfIstDay(day).getTime() + DAY_MS)

/** The latest end of validity that is within `LAPSING_DAYS` of today, in calendar days in India. */
export const lapsingUntil = (now: Date): Date => new Date(endOfIstDay(istDay(now)).getTime() + LAPSING_DAYS * DAY_MS)
