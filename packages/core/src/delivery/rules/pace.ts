/** What a number takes when WhatsApp did not say otherwise, in messages a second (whatsapp.md section 9). */
const USUAL_THROUGHPUT = 80
/** The rest of the throughput is for what comes in, which WhatsApp counts too. */
const OUTGOING_SHARE = 0.75
/** A second, and some room: a call reaches WhatsApp a little after it was taken. */
const WINDOW_MS = 1_250

/** One message to one person in six seconds (whatsapp.md section 9). */
export const PAIR_GAP_MS = 6_000
/** The moving day of the messaging limit, and how long a conversation stays open. */
export const DAY_MS = 24 * 3_600_000

export interface Lane {
  now: Date
  takenAt: Date
  taken: number
  pausedUntil: Date | null
}

/** `allowed` deliveries may be taken now; when it is 0, ask again at `nextAt`. */
interface Allowance {
  allowed: number
  nextAt: Date
  /** How many were taken since the last pause, before this taking. */
  taken: number
}

/**
 * How many deliveries a number may begin to send now. Takings that follow one another without a pause of a second share
 * one second's worth, so that no second, wherever it begins, holds more than the number's throughput.
 */
export function allowanceOf(lane: Lane, throughput: number | null): Allowance {
  const { now, pausedUntil } = lane
  if (pausedUntil !== null && pausedUntil > now) return { allowed: 0, nextAt: pausedUntil, taken: lane.taken }
  const rested = now.getTime() - lane.takenAt.getTime() >= WINDOW_MS
  const taken = rested ? 0 : lane.taken
  const most = Math.max(1, Math.floor((throughput ?? USUAL_THROUGHPUT) * OUTGOING_SHARE))
  return { allowed: Math.max(0, most - taken), nextAt: new Date(lane.takenAt.getTime() + WINDOW_MS), taken }
}
