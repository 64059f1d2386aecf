/** India has one zone, 5:30 ahead of UTC, and no summer time. */
export const IST_OFFSET_MS = 19_800_000

/** The calendar day in India at a moment, `YYYY-MM-DD`. */
export const istDay = (moment: Date): string => new Date(moment.getTime() + IST_OFFSET_MS).toISOString().slice(0, 10)

/** The moment at which a calendar day (`YYYY-MM-DD`) begins in India. */
export const startOfIstDay = (day: string): Date => new Date(`${day}T00:00:00+05:30`)
