import { BillingPeriod, PaymentKind, RefundState, StateCode, SubscriptionState, TaxDocumentKind } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { advisorId, at, bytes, createdAt, oneOf } from './columns.ts'
import { advisors, TIERS } from './identity.ts'

export const SUBSCRIPTION_STATES = SubscriptionState.options
export const REFUND_STATES = RefundState.options
export const LEDGER_ACCOUNTS = ['razorpay', 'revenue', 'cgst', 'sgst', 'igst'] as const
export const CANCEL_TIMES = ['now', 'period_end'] as const
export const METERS = ['checks', 'recipients'] as const

/** Whole paise; Number holds them exactly up to 9 * 10^15. */
const paise = () => bigint({ mode: 'number' })

/**
 * What an advisor has booked, and what Razorpay last said of it. `as_of` is Razorpay's own time of that word: an older
 * one changes nothing. `next_look_at` is when the sweep has it compared with Razorpay again.
 */
export const subscriptions = pgTable(
  'subscriptions',
  {
    advisorId: advisorId().references(() => advisors.id),
    id: uuid().notNull(),
    planId: text().notNull(),
    tier: text().notNull().$type<(typeof TIERS)[number]>(),
    period: text().notNull().$type<BillingPeriod>(),
    payment: text().notNull().$type<PaymentKind>(),
    pricePaise: paise().notNull(),
    state: text().notNull().$type<SubscriptionState>(),
    /** Razorpay's id: of a subscription, or of an order where it is paid once. */
    razorpayId: text(),
    razorpayPlanId: text(),
    checkoutUrl: text(),
    tokenId: text(),
    /** A start in the future: after a change at the end of a period. */
    startsAt: at(),
    asOf: at(),
    currentStart: at(),
    currentEnd: at(),
    chargeAt: at(),
    paidCount: integer().notNull().default(0),
    authAttempts: integer().notNull().default(0),
    /** The end of the last period that is paid. */
    paidUntil: at(),
    cancelAt: text().$type<(typeof CANCEL_TIMES)[number]>(),
    /** Whether Razorpay was told to end it with its period. */
    cancelTold: boolean().notNull().default(false),
    /** When we ended it before its time, and gave back the rest: from then on it gives nothing. */
    endedAt: at(),
    pausedByCustomer: boolean().notNull().default(false),
    /** The one that ends when this one runs, after a change of plan. */
    replacesId: uuid(),
    dunningStep: integer().notNull().default(0),
    nextLookAt: at(),
    createdBy: uuid().notNull(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    uniqueIndex('subscriptions_opening_key')
      .on(t.advisorId)
      .where(sql`${t.state} in ('opening', 'unknown', 'created') and ${t.endedAt} is null`),
    unique('subscriptions_razorpay_id').on(t.razorpayId),
    index('subscriptions_token_idx').on(t.tokenId).where(sql`${t.tokenId} is not null`),
    index('subscriptions_next_look_at_idx').on(t.nextLookAt).where(sql`${t.nextLookAt} is not null`),
    check('subscriptions_tier', oneOf('tier', TIERS)),
    check('subscriptions_period', oneOf('period', BillingPeriod.options)),
    check('subscriptions_payment', oneOf('payment', PaymentKind.options)),
    check('subscriptions_state', oneOf('state', SUBSCRIPTION_STATES)),
    check('subscriptions_cancel_at', oneOf('cancel_at', CANCEL_TIMES)),
  ],
)

/** Money that Razorpay took for a subscription. Append-only: one row for each payment id. */
export const payments = pgTable(
  'payments',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    subscriptionId: uuid().notNull(),
    razorpayPaymentId: text().notNull(),
    amountPaise: paise().notNull(),
    method: text(),
    paidAt: at().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('payments_subscription_idx').on(t.advisorId, t.subscriptionId, t.id),
    unique('payments_razorpay_payment_id').on(t.razorpayPaymentId),
    check('payments_amount', sql`"amount_paise" >= 0`),
  ],
)

/** Double entry: each source adds up to zero, by a trigger, and is booked once, by the key. Append-only. */
export const ledgerEntries = pgTable(
  'ledger_entries',
  {
    advisorId: advisorId(),
    /** `payment:pay_...` or `refund:rfnd_...`. */
    source: text().notNull(),
    account: text().notNull().$type<(typeof LEDGER_ACCOUNTS)[number]>(),
    /** Positive is a debit, negative a credit. */
    amountPaise: paise().notNull(),
    occurredAt: at().notNull(),
    recordedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.source, t.account] }),
    check('ledger_entries_account', oneOf('account', LEDGER_ACCOUNTS)),
  ],
)

/** Money that goes back. `id` is the idempotency key at Razorpay. */
export const refunds = pgTable(
  'refunds',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    razorpayPaymentId: text().notNull(),
    amountPaise: paise().notNull(),
    reason: text().notNull(),
    state: text().notNull().$type<RefundState>(),
    razorpayRefundId: text(),
    /** Null for what a change of plan, or somebody in Razorpay's own dashboard, has caused. */
    requestedBy: uuid(),
    decidedBy: uuid(),
    nextLookAt: at(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('refunds_payment_idx').on(t.advisorId, t.razorpayPaymentId),
    unique('refunds_razorpay_refund_id').on(t.razorpayRefundId),
    index('refunds_next_look_at_idx').on(t.nextLookAt).where(sql`${t.nextLookAt} is not null`),
    check('refunds_state', oneOf('state', REFUND_STATES)),
    check('refunds_amount', sql`"amount_paise" > 0`),
  ],
)

/** Tax invoices and credit notes, as issued. The document names people, so it is sealed. Append-only. */
export const taxDocuments = pgTable(
  'tax_documents',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    kind: text().notNull().$type<TaxDocumentKind>(),
    number: text().notNull(),
    /** What it is about, as in the ledger: one document for each source. */
    source: text().notNull(),
    totalPaise: paise().notNull(),
    document: bytes().notNull(),
    issuedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('tax_documents_source').on(t.advisorId, t.source),
    unique('tax_documents_number').on(t.number),
    check('tax_documents_kind', oneOf('kind', TaxDocumentKind.options)),
  ],
)

/** The last number of each series; a row lock makes numbers consecutive (CGST Rules, 46 (b)). */
export const taxSeries = pgTable('tax_series', {
  series: text().primaryKey(),
  lastNumber: integer().notNull(),
})

/** To whom invoices are made out. Name, address and GSTIN are sealed; the state decides about the tax. */
export const billingDetails = pgTable(
  'billing_details',
  {
    advisorId: advisorId()
      .primaryKey()
      .references(() => advisors.id),
    stateCode: text().notNull().$type<StateCode>(),
    recipient: bytes().notNull(),
    updatedAt: at().notNull(),
  },
  () => [check('billing_details_state_code', oneOf('state_code', StateCode.options))],
)

/** Under which id Razorpay knows a price of ours; plans there can neither be changed nor deleted. */
export const razorpayPlans = pgTable(
  'razorpay_plans',
  {
    keyId: text().notNull(),
    planId: text().notNull(),
    razorpayPlanId: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.keyId, t.planId] })],
)

/**
 * What a firm has used of what its plan limits by time: checks of a day, recipients of a month, both of India. `allowed`
 * is what the plan allowed at the last count; the CHECK is what refuses to count further.
 */
export const planUsage = pgTable(
  'plan_usage',
  {
    advisorId: advisorId(),
    meter: text().notNull().$type<(typeof METERS)[number]>(),
    /** The first day of the period that is counted. */
    period: date({ mode: 'string' }).notNull(),
    used: integer().notNull(),
    allowed: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.meter] }),
    check('plan_usage_meter', oneOf('meter', METERS)),
    check('plan_usage_within', sql`"used" between 0 and "allowed"`),
  ],
)

/** Each comparison of our books with what Razorpay took; the newest one is what operators watch. */
export const bookComparisons = pgTable('book_comparisons', {
  id: uuid().primaryKey(),
  ranAt: at().notNull(),
  fromAt: at().notNull(),
  toAt: at().notNull(),
  checked: integer().notNull(),
  differing: integer().notNull(),
})
