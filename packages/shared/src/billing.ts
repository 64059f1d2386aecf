import { z } from 'zod'
import { Id, line, page, Time } from './fields.ts'
import { Tier } from './identity.ts'

export const BillingPeriod = z.enum(['monthly', 'yearly'])
export type BillingPeriod = z.infer<typeof BillingPeriod>

/** What a tier allows. Audit, approval and strictness are the same for everybody and stand in no plan. */
export const Entitlements = z.object({
  requestsPerMinute: z.int(),
  members: z.int(),
  checksPerDay: z.int(),
  recipientsPerMonth: z.int(),
  apiKeys: z.int(),
})
export type Entitlements = z.infer<typeof Entitlements>

/** What can be used up in a plan. */
export const PlanLimit = z.enum(['members', 'checksPerDay', 'recipientsPerMonth', 'apiKeys'])
export type PlanLimit = z.infer<typeof PlanLimit>

/** How much of a limit is used. `left` is 0 also for a firm that uses more than its plan allows, after a smaller one. */
const Quota = z.object({
  allowed: z.int(),
  used: z.int(),
  left: z.int(),
  /** When it begins anew: midnight in India. Null for what does not. */
  resetsAt: Time.nullable(),
})
export type Quota = z.infer<typeof Quota>
export const PlanQuotas = z.object({
  /** Invitations that are open count as people. */
  members: Quota,
  checksPerDay: Quota,
  /** Each person counts once in a month, however often they are written to. */
  recipientsPerMonth: Quota,
  /** Keys that work. */
  apiKeys: Quota,
})
export type PlanQuotas = z.infer<typeof PlanQuotas>

/** `mandate`: charged by itself each period. `order`: paid once, with reminders before it ends. */
export const PaymentKind = z.enum(['mandate', 'order'])
export type PaymentKind = z.infer<typeof PaymentKind>

/**
 * Ours first: `opening` (asked for at Razorpay), `unknown` (no answer came; being looked up), `failed` (was never made).
 * The others are Razorpay's.
 */
export const SubscriptionState = z.enum([
  'opening',
  'unknown',
  'failed',
  'created',
  'authenticated',
  'active',
  'pending',
  'halted',
  'paused',
  'cancelled',
  'completed',
  'expired',
])
export type SubscriptionState = z.infer<typeof SubscriptionState>

/** Why a subscription gives its tier at this moment; `none` where it does not. */
export const Standing = z.enum(['trial', 'paid', 'grace', 'none'])
export type Standing = z.infer<typeof Standing>

export const PriceView = z.object({
  period: BillingPeriod,
  /** GST included. */
  amountPaise: z.int(),
  payment: PaymentKind,
})
export const PlanView = z.object({
  tier: Tier,
  name: z.string(),
  prices: z.array(PriceView),
  entitlements: Entitlements,
  /** The same number as in the entitlements, under the name of the first days. */
  requestsPerMinute: z.int(),
})
export const PlansView = z.object({ items: z.array(PlanView) })

export const SubscriptionView = z.object({
  id: Id,
  plan: Tier,
  period: BillingPeriod,
  amountPaise: z.int(),
  payment: PaymentKind,
  state: SubscriptionState,
  standing: Standing,
  paidUntil: Time.nullable(),
  /** Until when late money is waited for; null unless it is late. */
  graceUntil: Time.nullable(),
  cancelAtPeriodEnd: z.boolean(),
  /** Paused in the UPI app or at the bank: only there it can be resumed. */
  pausedByCustomer: z.boolean(),
  /** What the browser's checkout and the hosted page need while nothing is paid. */
  checkout: z
    .object({
      keyId: z.string(),
      razorpaySubscriptionId: z.string().nullable(),
      razorpayOrderId: z.string().nullable(),
      url: z.string().nullable(),
    })
    .nullable(),
  createdAt: Time,
})
export type SubscriptionView = z.infer<typeof SubscriptionView>

export const CurrentSubscriptionView = z.object({
  tier: Tier,
  entitlements: Entitlements,
  quotas: PlanQuotas,
  /** The one that gives the tier, or is the nearest to it. */
  current: SubscriptionView.nullable(),
  /** One that waits for its first payment or mandate, such as after a change of plan. */
  opening: SubscriptionView.nullable(),
})

/** GSTIN: state code, PAN, entity, Z, check character (CGST Rules, rule 10). */
export const GSTIN = /^[0-3][0-9][A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]$/

/** Two digits of the GST state codes. */
export const StateCode = z.enum([
  '01',
  '02',
  '03',
  '04',
  '05',
  '06',
  '07',
  '08',
  '09',
  '10',
  '11',
  '12',
  '13',
  '14',
  '15',
  '16',
  '17',
  '18',
  '19',
  '20',
  '21',
  '22',
  '23',
  '24',
  '26',
  '27',
  '29',
  '30',
  '31',
  '32',
  '33',
  '34',
  '35',
  '36',
  '37',
  '38',
])
export type StateCode = z.infer<typeof StateCode>

export const BillingDetails = z
  .strictObject({
    legalName: line(120),
    address: line(300),
    stateCode: StateCode,
    gstin: line(15).regex(GSTIN, 'must be a GSTIN of 15 characters').optional(),
  })
  .refine(({ gstin, stateCode }) => gstin === undefined || gstin.startsWith(stateCode), {
    path: ['gstin'],
    message: 'begins with the code of another state',
  })
export type BillingDetails = z.infer<typeof BillingDetails>
export const BillingDetailsView = z.object({
  details: z
    .object({ legalName: z.string(), address: z.string(), stateCode: StateCode, gstin: z.string().nullable() })
    .nullable(),
})

export const SubscribeInput = z.strictObject({ plan: Tier, period: BillingPeriod.default('monthly') })

const RazorpayId = line(40).regex(/^[a-z]+_[A-Za-z0-9]+$/, 'must be an id of Razorpay')
/** What Checkout hands to the browser, spelled as there. */
export const ConfirmInput = z.strictObject({
  razorpay_payment_id: RazorpayId,
  razorpay_subscription_id: RazorpayId.optional(),
  razorpay_order_id: RazorpayId.optional(),
  razorpay_signature: line(64, 64).regex(/^[0-9a-f]{64}$/, 'must be a signature in hex'),
})

export const When = z.enum(['now', 'period_end'])
export type When = z.infer<typeof When>
export const ChangePlanInput = SubscribeInput.extend({ when: When })
export const ChangePreview = z.object({
  plan: Tier,
  period: BillingPeriod,
  when: When,
  startsAt: Time,
  /** What the new plan costs at its start, GST included. */
  chargePaise: z.int(),
  /** What is given back of the old one once the new one runs. */
  creditPaise: z.int(),
  /** What the firm uses above what the new plan allows. Nothing is deleted. */
  overLimit: z.array(z.object({ limit: PlanLimit, allowed: z.int(), used: z.int() })),
})
export type ChangePreview = z.infer<typeof ChangePreview>
export const CancelSubscriptionInput = z.strictObject({ when: When })

export const TaxDocumentKind = z.enum(['invoice', 'credit_note'])
export type TaxDocumentKind = z.infer<typeof TaxDocumentKind>

/** A tax invoice (CGST Rules, rule 46) or a credit note (rule 53). Amounts in paise; rates in percent. */
export const TaxDocument = z.object({
  kind: TaxDocumentKind,
  number: z.string(),
  date: z.string(),
  /** A credit note names the invoice it belongs to. */
  against: z.object({ number: z.string(), date: z.string() }).nullable(),
  supplier: z.object({ name: z.string(), address: z.string(), gstin: z.string(), stateCode: StateCode }),
  recipient: z.object({
    name: z.string(),
    address: z.string().nullable(),
    gstin: z.string().nullable(),
    stateCode: StateCode,
  }),
  placeOfSupply: z.object({ stateCode: StateCode, state: z.string() }),
  reverseCharge: z.literal(false),
  lines: z.array(z.object({ description: z.string(), sac: z.string(), taxablePaise: z.int() })),
  taxablePaise: z.int(),
  taxes: z.array(z.object({ name: z.enum(['CGST', 'SGST', 'IGST']), ratePercent: z.number(), amountPaise: z.int() })),
  totalPaise: z.int(),
  payment: z.string(),
})
export type TaxDocument = z.infer<typeof TaxDocument>

export const InvoiceSummary = z.object({
  id: Id,
  kind: TaxDocumentKind,
  number: z.string(),
  issuedAt: Time,
  totalPaise: z.int(),
})
export const InvoicePage = page(InvoiceSummary)
export const InvoiceView = InvoiceSummary.extend({ document: TaxDocument })

export const RefundState = z.enum(['awaiting_approval', 'requested', 'created', 'processed', 'failed', 'refused'])
export type RefundState = z.infer<typeof RefundState>
export const RefundView = z.object({
  id: Id,
  advisorId: Id,
  razorpayPaymentId: z.string(),
  amountPaise: z.int(),
  reason: z.string(),
  state: RefundState,
})
export type RefundView = z.infer<typeof RefundView>
export const RequestRefundInput = z.strictObject({
  advisorId: Id,
  razorpayPaymentId: RazorpayId,
  amountPaise: z.int().min(100).max(1_000_000_000),
  reason: line(300, 3),
})

export const LedgerEntryView = z.object({
  source: z.string(),
  account: z.string(),
  /** Positive is a debit, negative a credit; each source adds up to zero. */
  amountPaise: z.int(),
  occurredAt: Time,
})
export const LedgerPage = page(LedgerEntryView)
export const ParkedEventView = z.object({ id: Id, receivedAt: Time, state: z.enum(['received', 'applied', 'parked']) })
export const ParkedEventPage = page(ParkedEventView)
export const MismatchesView = z.object({
  checked: z.int(),
  items: z.array(
    z.object({
      kind: z.enum([
        'payment_not_booked',
        'payment_not_at_razorpay',
        'amount_differs',
        'refund_differs',
        'state_differs',
      ]),
      razorpayId: z.string(),
      advisorId: Id.nullable(),
      ours: z.string().nullable(),
      theirs: z.string().nullable(),
    }),
  ),
})
export type MismatchesView = z.infer<typeof MismatchesView>
