import type { Entitlements, Tier } from '@pramaan/shared'

/** What the tiers allow from a day in India on. Never anything about audit, approval or strictness. */
interface DatedEntitlements {
  fromMs: number
  tiers: Record<Tier, Entitlements>
}

/** All there ever were, oldest first; a change is a new entry for everybody from its day on, and no entry is changed. */
const ENTITLEMENTS: readonly [DatedEntitlements, ...DatedEntitlements[]] = [
  {
    fromMs: Date.parse('2026-04-01T00:00:00+05:30'),
    tiers: {
      basic: {
        requestsPerMinute: 100,
        members: 5,
        checksPerDay: 500,
        recipientsPerMonth: 1_000,
        apiKeys: 5,
      },
      standard: {
        requestsPerMinute: 300,
        members: 10,
        checksPerDay: 2_000,
        recipientsPerMonth: 20_000,
        apiKeys: 10,
      },
      pro: {
        requestsPerMinute: 1_000,
        members: 50,
        checksPerDay: 10_000,
        recipientsPerMonth: 200_000,
        apiKeys: 20,
      },
    },
  },
]

/** What a tier allows at a moment. A firm without a subscription has the limits of Basic. */
export function entitlementsOf(tier: Tier, now: Date): Entitlements {
  const dated = ENTITLEMENTS.findLast(({ fromMs }) => fromMs <= now.getTime()) ?? ENTITLEMENTS[0]
  return dated.tiers[tier]
}
