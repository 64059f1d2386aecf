import { RATE_LIMITS, Tier } from '@pramaan/shared'
import { z } from 'zod'
import { Nothing, publicProcedure, router } from '../trpc.ts'

const Plan = z.object({ tier: Tier, requestsPerMinute: z.int() })
const Plans = z.object({ items: z.array(Plan) })

/** The facts of the tiers; what they cost is said by whoever sells them. */
const PLANS = { items: Tier.options.map((tier) => ({ tier, requestsPerMinute: RATE_LIMITS[tier] })) }

export const billingRouter = router({
  plans: publicProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/billing/plans',
        summary: 'The tiers and their limits',
        tags: ['Billing'],
      },
    })
    .input(Nothing)
    .output(Plans)
    .query(() => PLANS),
})
