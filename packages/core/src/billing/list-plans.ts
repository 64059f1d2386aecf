import { istDay, type PlansView, Tier } from '@pramaan/shared'
import { z } from 'zod'
import { entitlementsOf } from '../identity/index.ts'
import { query } from '../platform/use-case.ts'
import { paymentOf, planOn, TIER_NAMES } from './rules/plans.ts'

/** What is sold today, GST included, and what it allows. */
export const listPlans = query({
  name: 'billing.list_plans',
  input: z.strictObject({}),
  async run(ctx): Promise<z.infer<typeof PlansView>> {
    const today = istDay(ctx.now())
    const priceOf = (tier: Tier, period: 'monthly' | 'yearly') => {
      const plan = planOn(today, tier, period)
      return { period, amountPaise: plan.pricePaise, payment: paymentOf(plan) }
    }
    return {
      items: Tier.options.map((tier) => {
        const entitlements = entitlementsOf(tier, ctx.now())
        const { requestsPerMinute } = entitlements
        const prices = [priceOf(tier, 'monthly'), priceOf(tier, 'yearly')]
        return { tier, name: TIER_NAMES[tier], prices, entitlements, requestsPerMinute }
      }),
    }
  },
})
