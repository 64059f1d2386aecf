import type { Actor, Ctx, Inspection } from '@pramaan/core/platform/context'
import type { Keys } from '@pramaan/core/platform/crypto'
import type { RateDecision, RateLimiter } from '@pramaan/core/platform/rate-limit'
import type { Tier } from '@pramaan/shared'

/** The rate policy that a call was counted under, as the `RateLimit` headers show it. */
export interface CountedCall extends RateDecision {
  policy: string
}

/** What a procedure leaves for the HTTP answer besides its body; the adapter turns it into headers. */
export interface Reply {
  counted: CountedCall | null
  /** A new sign-in: the secret that goes into the session cookie, and nowhere else. */
  session: { secret: string } | 'ended' | null
}

/** What the gate in front of every procedure looks at. */
export interface Visit {
  readonly actor: Actor
  readonly advisorId: string | null
  /** The tier of the advisor that acts; null for staff and strangers. */
  readonly tier: Tier | null
  /** What an inspector may read of which advisor; their calls count for themselves all the same. */
  readonly inspection?: Inspection
  /** Staff who still have to set up their second factor. */
  readonly enrolOnly?: boolean
  readonly ip: string
  now(): Date
  readonly keys: Pick<Keys, 'lookupHash'>
  readonly limiter: RateLimiter
  readonly reply: Reply
  /** Why this visit ends at the gate: credentials or a header that were refused before any procedure was known. */
  readonly refusal?: unknown
}

/** What every procedure gets. Made once for a request; the calls of a batch share it. */
export interface Context {
  /** What the use cases get: who, for whom, when, and the world they may touch. */
  readonly core: Ctx
  readonly visit: Visit
  readonly userAgent: string
}
