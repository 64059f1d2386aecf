import type { Tier } from '@pramaan/shared'

/** The tier of a firm as it is kept: what holds now, and what follows by time alone. */
export interface TierFacts {
  tier: Tier
  /** In order of time; null where nothing follows. */
  tierSteps: readonly { from: string; tier: Tier }[] | null
}

/**
 * The tier at a moment. What is paid ends, and a plan that was booked for later begins, at their time, whether or not a
 * job has run since.
 */
export const tierAt = ({ tier, tierSteps }: TierFacts, now: Date): Tier =>
  tierSteps?.findLast(({ from }) => Date.parse(from) <= now.getTime())?.tier ?? tier
