/** What is known of a refresh token. */
export interface RefreshFacts {
  createdAt: Date
  expiresAt: Date
  usedAt: Date | null
  revokedAt: Date | null
}

/**
 * What becomes of a presented refresh token: `rotate` it, `repeat` the successor it already has, or refuse it.
 * `reused` means that somebody holds a copy: the whole family must end.
 */
export type RefreshJudgement = 'rotate' | 'repeat' | 'reused' | 'expired' | 'ended'

/** Two requests of one client may cross; later than this a spent token is a copy. */
export const REPEAT_MS = 10_000
/** A family that nobody used for this long is over, like a session. */
export const IDLE_MS = 14 * 24 * 3600 * 1000

/** Judges a token and, where it was used, its successor (RFC 9700, 4.14.2: rotation with detection of reuse). */
export function judgeRefresh(presented: RefreshFacts, successor: RefreshFacts | null, now: Date): RefreshJudgement {
  if (presented.usedAt === null) {
    if (presented.revokedAt) return 'ended'
    const end = Math.min(presented.expiresAt.getTime(), presented.createdAt.getTime() + IDLE_MS)
    return now.getTime() < end ? 'rotate' : 'expired'
  }
  const isUntouched = successor !== null && successor.usedAt === null && successor.revokedAt === null
  const isRecent = now.getTime() - presented.usedAt.getTime() < REPEAT_MS
  return presented.revokedAt === null && isRecent && isUntouched ? 'repeat' : 'reused'
}
