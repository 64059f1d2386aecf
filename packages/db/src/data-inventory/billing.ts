import { ACCOUNT, BOOKS, FIRM, type TableEntry } from './table-entry.ts'

export const BILLING_TABLES: Record<string, TableEntry> = {
  billing_details: {
    purpose: 'to whom invoices are made out',
    retention: ACCOUNT,
    readers: FIRM,
    personal: 'recipient',
    record: 'advisor_id state_code updated_at',
  },
  book_comparisons: {
    purpose: 'when our books were compared with what Razorpay took, and how much differed',
    retention: BOOKS,
    readers: 'administrators',
    record: 'id ran_at from_at to_at checked differing',
  },
  ledger_entries: {
    purpose: 'double entry of what was paid and given back',
    retention: BOOKS,
    readers: 'administrators',
    record: 'advisor_id source account amount_paise occurred_at recorded_at',
  },
  payments: {
    purpose: 'what Razorpay took for a subscription',
    retention: BOOKS,
    readers: 'administrators',
    pseudonym: 'razorpay_payment_id',
    record: 'advisor_id id subscription_id amount_paise method paid_at created_at',
  },
  plan_usage: {
    purpose: 'what a firm has used of what its plan limits by day or month',
    retention: ACCOUNT,
    readers: FIRM,
    record: 'advisor_id meter period used allowed',
  },
  razorpay_plans: {
    purpose: 'under which id Razorpay knows our prices',
    retention: 'for good',
    readers: 'the worker',
    record: 'key_id plan_id razorpay_plan_id created_at',
  },
  refunds: {
    purpose: 'money that goes back',
    retention: BOOKS,
    readers: 'administrators',
    pseudonym: 'razorpay_payment_id razorpay_refund_id requested_by decided_by',
    business: 'reason',
    record: 'advisor_id id amount_paise state next_look_at created_at updated_at',
  },
  subscriptions: {
    purpose: 'what a firm has booked, and what Razorpay last said of it',
    retention: BOOKS,
    readers: `${FIRM}, administrators`,
    pseudonym: 'razorpay_id token_id created_by',
    record:
      'advisor_id id plan_id tier period payment price_paise state razorpay_plan_id checkout_url starts_at as_of current_start current_end charge_at paid_count auth_attempts paid_until cancel_at cancel_told ended_at paused_by_customer replaces_id dunning_step next_look_at created_at updated_at',
  },
  tax_documents: {
    purpose: 'tax invoices and credit notes, as issued',
    retention: `${BOOKS}; at an erasure the documents move to retentions`,
    readers: `${FIRM}, administrators`,
    personal: 'document',
    record: 'advisor_id id kind number source total_paise issued_at',
  },
  tax_series: {
    purpose: 'the last number of each series of invoices',
    retention: 'for good',
    readers: 'the worker',
    record: 'series last_number',
  },
}
