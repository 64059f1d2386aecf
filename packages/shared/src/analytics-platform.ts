import { z } from 'zod'
import { ReviewKind } from './content.ts'
import { Day, Id, PageInput, page, Time } from './fields.ts'
import { AdvisorStatus, Tier } from './identity.ts'

/** Days in India, both included; the last 30 days where they are not given, 13 months at the most. */
export const PlatformInput = z.strictObject({ from: Day.optional(), to: Day.optional() })

const Source = z.enum(['replica', 'primary'])

/** Firms that registered in the range, and how many of them have come how far by now; each step is counted by itself. */
export const FunnelStep = z.enum([
  'registered',
  'email_verified',
  'licence_verified',
  'whatsapp_connected',
  'text_approved',
  'message_sent',
  'paying',
])
export type FunnelStep = z.infer<typeof FunnelStep>

/** Half of them took no longer than `p50`, nine in ten than `p90`, 99 in a hundred than `p99`; null where there are none. */
const Percentiles = z.object({ p50: z.number().nullable(), p90: z.number().nullable(), p99: z.number().nullable() })
export type Percentiles = z.infer<typeof Percentiles>

export const ReviewLoad = z.object({
  tier: Tier,
  kind: ReviewKind,
  waiting: z.int(),
  overdue: z.int(),
  oldestAt: Time.nullable(),
})

export const ReviewTurnaround = z.object({
  /** As it is now. */
  tier: Tier,
  /** Of the promise, in working hours. */
  promisedHours: z.int(),
  decided: z.int(),
  onTime: z.int(),
  /** From the question to the decision, by the clock. */
  seconds: Percentiles,
  /** The same as a share of the time until it was due: 1 is just on time. */
  ofPromise: Percentiles,
})

export const RuleUse = z.object({
  ruleId: z.string(),
  family: z.string(),
  /** Verdicts in which it found something, and their share of all. */
  hits: z.int(),
  hitRate: z.number(),
  /** Findings of it that officers set aside. */
  overrides: z.int(),
})

/**
 * Recurring revenue of a month in India, or of the part of it that lies in the range, in paise without GST. A payment
 * counts its revenue in the ledger, less what of it was refunded by then, divided by the months it pays for, from the day
 * it came until the next one, or until seven days after its period. `booked` and `refunded` are the ledger's own sums.
 */
export const RevenueMonth = z.object({
  month: z.string(),
  from: Time,
  to: Time,
  openingMrrPaise: z.int(),
  newPaise: z.int(),
  reactivatedPaise: z.int(),
  expansionPaise: z.int(),
  contractionPaise: z.int(),
  churnedPaise: z.int(),
  closingMrrPaise: z.int(),
  payingFirms: z.int(),
  churnedFirms: z.int(),
  bookedPaise: z.int(),
  refundedPaise: z.int(),
})
export type RevenueMonth = z.infer<typeof RevenueMonth>

export const PlatformView = z.object({
  /** Up to which moment what was counted is complete, and on which server it was read. */
  asOf: Time,
  source: Source,
  from: Day,
  to: Day,
  advisors: z.array(z.object({ tier: Tier, status: AdvisorStatus, count: z.int() })),
  onboarding: z.array(z.object({ step: FunnelStep, firms: z.int() })),
  reviews: z.object({ load: z.array(ReviewLoad), turnaround: z.array(ReviewTurnaround) }),
  rules: z.object({ verdicts: z.int(), items: z.array(RuleUse) }),
  revenue: z.object({ mrrPaise: z.int(), months: z.array(RevenueMonth) }),
})
export type PlatformView = z.infer<typeof PlatformView>

export const ChurnBand = z.enum(['high', 'medium', 'low'])
export type ChurnBand = z.infer<typeof ChurnBand>

export const ChurnInput = PageInput

/** One firm that pays, by id: neither firm nor people are named. */
export const ChurnItem = z.object({
  advisorId: Id,
  tier: Tier,
  /** The probability, from 0 to 1, that it does not pay any more in eight weeks; null for who has asked to end. */
  risk: z.number().nullable(),
  band: ChurnBand.nullable(),
  /** It has asked to end: that is known, and needs no forecast. */
  announced: z.boolean(),
  observedAt: Time,
  /** What raises the risk most above that of an average firm; `weight` is in log-odds. */
  reasons: z.array(z.object({ feature: z.string(), text: z.string(), weight: z.number() })),
})
export type ChurnItem = z.infer<typeof ChurnItem>

/** Firms in the order of their risk, those that have asked to end first. */
export const ChurnView = z.object({
  asOf: Time,
  source: Source,
  model: z.object({
    /** `shipped`: learnt from simulated firms. `learnt`: from firms of this installation. */
    origin: z.enum(['shipped', 'learnt']),
    learntAt: Time.nullable(),
    /** On weeks that it had not learnt from; null for the shipped one, see docs/analytics/churn.md. */
    quality: z.object({ examples: z.int(), churned: z.int(), auc: z.number(), brier: z.number() }).nullable(),
  }),
  ...page(ChurnItem).shape,
})
export type ChurnView = z.infer<typeof ChurnView>
