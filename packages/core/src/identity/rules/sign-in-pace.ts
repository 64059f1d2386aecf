/** What is known of the wrong tries at one address since the last right one. */
export interface FailureFacts {
  failures: number
  lastFailedAt: Date
}

const MINUTE_MS = 60_000
/** Wrong tries in a row that nobody is slowed down for. */
export const FREE_FAILURES = 50
const FAILURES_PER_DOUBLING = 10
const LONGEST_WAIT_MS = 60 * MINUTE_MS
/** After so long without a wrong try everything is forgotten. */
export const FORGOTTEN_MS = 24 * 60 * MINUTE_MS

/**
 * How long a try from an unknown place has to wait, in ms: nothing at first, then a minute, growing to an hour at the
 * 110th wrong try in a row (NIST SP 800-63B-4, 3.2.2). Places from which the person signed in before never wait.
 */
export function waitFor(facts: FailureFacts | null, now: Date): number {
  if (!facts || facts.failures < FREE_FAILURES) return 0
  const since = now.getTime() - facts.lastFailedAt.getTime()
  if (since >= FORGOTTEN_MS) return 0
  const doublings = Math.floor((facts.failures - FREE_FAILURES) / FAILURES_PER_DOUBLING)
  return Math.max(0, Math.min(LONGEST_WAIT_MS, MINUTE_MS * 2 ** doublings) - since)
}
