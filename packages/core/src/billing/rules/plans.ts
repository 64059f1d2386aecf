import type { BillingPeriod, PaymentKind, Tier } from '@pramaan/shared'

/** One price, from a day on. Who subscribed earlier keeps theirs. */
export interface Plan {
  /** Ours, for ever: `<tier>.<period>.<from>`. */
  id: string
  tier: Tier
  period: BillingPeriod
  /** GST included. */
  pricePaise: number
  from: string
}

/** All prices there ever were; a new one is a new line, and no line is changed. */
const PRICES: readonly Omit<Plan, 'id'>[] = [
  { tier: 'basic', period: 'monthly', pricePaise: 94_400, from: '2026-04-01' },
  { tier: 'basic', period: 'yearly', pricePaise: 944_000, from: '2026-04-01' },
  { tier: 'standard', period: 'monthly', pricePaise: 235_882, from: '2026-04-01' },
  { tier: 'standard', period: 'yearly', pricePaise: 2_358_820, from: '2026-04-01' },
  { tier: 'pro', period: 'monthly', pricePaise: 589_882, from: '2026-04-01' },
  { tier: 'pro', period: 'yearly', pricePaise: 5_898_820, from: '2026-04-01' },
]

export const PLANS: readonly Plan[] = PRICES.map((price) => ({
  id: `${price.tier}.${price.period}.${price.from}`,
  ...price,
}))

/**
 * The most that a mandate is debited without the bank asking the customer anew, GST included (RBI, E-mandate Framework
 * 2026). What costs more is sold as an order that is paid once.
 */
export const MANDATE_LIMIT_PAISE = 1_500_000

export const paymentOf = ({ pricePaise }: Plan): PaymentKind => (pricePaise > MANDATE_LIMIT_PAISE ? 'order' : 'mandate')

/** The price that holds on a day in India, `YYYY-MM-DD`. */
export function planOn(day: string, tier: Tier, period: BillingPeriod): Plan {
  const plan = PLANS.filter((one) => one.tier === tier && one.period === period && one.from <= day)
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
    .at(-1)
  if (!plan) throw new Error(`there was no price for ${tier} ${period} on ${day}`)
  return plan
}

export const TIER_NAMES: Record<Tier, string> = { basic: 'Basic', standard: 'Standard', pro: 'Pro' }

/** How many charges a mandate is asked for: ten years. */
export const CHARGES: Record<BillingPeriod, number> = { monthly: 120, yearly: 10 }
