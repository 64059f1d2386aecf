import type { CurrentSubscriptionView } from '@pramaan/shared'
import { z } from 'zod'
import { entitlementsOf } from '../identity/index.ts'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { type SubscriptionRow, subscriptionsOf } from './queries.ts'
import { quotasOf, readPlanUse } from './read-quotas.ts'
import { standingOf, tierOf } from './rules/standing.ts'
import { isFinal } from './rules/state.ts'
import { subscriptionView } from './subscription-view.ts'

const WAITING = ['opening', 'unknown', 'created', 'authenticated']

/** The subscription that counts at a moment, else the newest that is still alive; null for none. */
export function currentOf(all: readonly SubscriptionRow[], now: Date): SubscriptionRow | null {
  const standing = all.find((one) => standingOf(one, now) !== 'none')
  return standing ?? all.find((one) => !isFinal(one.state) && !WAITING.includes(one.state) && !one.endedAt) ?? null
}

/** What the firm has booked, what that gives, and what waits to be paid. */
export const getSubscription = query({
  name: 'billing.get_subscription',
  input: z.strictObject({}),
  async run(ctx: Ctx): Promise<z.infer<typeof CurrentSubscriptionView>> {
    const [all, use] = await Promise.all([
      subscriptionsOf(ctx.db.read, advisorIdOf(ctx)),
      readPlanUse(ctx.db.read, advisorIdOf(ctx), ctx.now()),
    ])
    const current = currentOf(all, ctx.now())
    const opening = all.find((one) => WAITING.includes(one.state) && !one.endedAt && one.id !== current?.id)
    // What the request itself was let in with; a firm may have a tier by other means than a subscription.
    const tier = ctx.tier ?? tierOf(all, ctx.now())
    const entitlements = entitlementsOf(tier, ctx.now())
    return {
      tier,
      entitlements,
      quotas: quotasOf(use, entitlements, ctx.now()),
      current: current && subscriptionView(ctx, current),
      opening: opening ? subscriptionView(ctx, opening) : null,
    }
  },
})
