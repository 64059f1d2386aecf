import { IST_OFFSET_MS, type Tier } from '@pramaan/shared'

/** Working hours until the first answer of a person, by tier ("Review clocks and tiers" of the scoring proposal). */
export const REVIEW_HOURS: Record<Tier, number> = { basic: 24, standard: 8, pro: 2 }

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const OPENS_MS = 10 * HOUR_MS
const CLOSES_MS = 18 * HOUR_MS

/**
 * When the author of a submitted text may expect a decision: as if a person had to look at it, after the review clock of
 * the tier (Basic's where the tier is not known), counted in working hours, Monday to Friday 10:00 to 18:00 IST. Clean text that policy
 * approves is decided within seconds, so this is the latest expected time. Public holidays are not known here.
 */
export function estimatedApprovalTime(now: Date, tier: Tier | null | undefined): Date {
  let left = REVIEW_HOURS[tier ?? 'basic'] * HOUR_MS
  let local = now.getTime() + IST_OFFSET_MS
  for (;;) {
    const midnight = Math.floor(local / DAY_MS) * DAY_MS
    const start = Math.max(local, midnight + OPENS_MS)
    const open = isWorkday(midnight) ? Math.max(0, midnight + CLOSES_MS - start) : 0
    if (left <= open) return new Date(start + left - IST_OFFSET_MS)
    left -= open
    local = midnight + DAY_MS
  }
}

function isWorkday(midnight: number): boolean {
  const day = new Date(midnight).getUTCDay()
  return day !== 0 && day !== 6
}
