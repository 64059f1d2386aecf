import type { Status } from './machine.ts'

/** Everything that Razorpay knows, as it goes over the wire (snake case, seconds) with what it does not show beside it. */
export interface State {
  /** By key id. */
  accounts: Map<string, Account>
  plans: Map<string, Plan>
  customers: Map<string, Customer>
  subscriptions: Map<string, Subscription>
  orders: Map<string, Order>
  payments: Map<string, Payment>
  invoices: Map<string, Invoice>
  refunds: Map<string, Refund>
}

export interface Account {
  id: string
  keyId: string
  keySecret: string
  webhook: Webhook | null
}

export interface Webhook {
  url: string
  secret: string
  /** Razorpay disables a webhook whose deliveries failed for 24 hours, and says so by mail alone. */
  enabled: boolean
}

export type Notes = Record<string, string> | []

/** `account` is the owner; it never goes over the wire. */
interface Owned<Wire> {
  account: string
  wire: Wire
}

export interface Plan
  extends Owned<{
    id: string
    entity: 'plan'
    interval: number
    period: 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly'
    item: { name: string; amount: number; currency: string } & Record<string, unknown>
    notes: Notes
    created_at: number
  }> {}

export interface Customer
  extends Owned<{
    id: string
    entity: 'customer'
    name: string | null
    email: string | null
    contact: string | null
    gstin: string | null
    notes: Notes
    created_at: number
  }> {}

export type Method = 'card_domestic' | 'card_intl' | 'upi' | 'emandate'
export type Outcome = { outcome: 'success' } | { outcome: 'fail' } | { outcome: 'late'; days: number }

export interface Subscription
  extends Owned<{
    id: string
    entity: 'subscription'
    plan_id: string
    customer_id: string | null
    status: Status
    current_start: number | null
    current_end: number | null
    ended_at: number | null
    quantity: number
    notes: Notes
    charge_at: number | null
    start_at: number | null
    end_at: number | null
    auth_attempts: number
    total_count: number
    paid_count: number
    customer_notify: boolean
    created_at: number
    expire_by: number | null
    short_url: string
    has_scheduled_changes: boolean
    change_scheduled_at: number | null
    source: 'api'
    offer_id: string | null
    remaining_count: number
    payment_method?: string
    pause_initiated_by?: 'self' | 'customer' | null
    cancel_initiated_by?: 'self' | 'customer' | null
  }> {
  method: Method | null
  tokenId: string | null
  /** Nothing of it is seen until the cycle ends. */
  cancelAtCycleEnd: boolean
  /** What the next charges come to, first one first; success when empty. */
  outcomes: Outcome[]
  scheduledPlan: string | null
  /** An invoice whose money is under way, and when it lands. */
  landing: { invoiceId: string; at: number } | null
}

export interface Order
  extends Owned<{
    id: string
    entity: 'order'
    amount: number
    amount_paid: number
    amount_due: number
    currency: string
    receipt: string | null
    offer_id: null
    status: 'created' | 'attempted' | 'paid'
    attempts: number
    notes: Notes
    created_at: number
  }> {}

export interface Payment
  extends Owned<
    {
      id: string
      entity: 'payment'
      amount: number
      currency: string
      status: 'authorized' | 'captured' | 'refunded' | 'failed'
      order_id: string | null
      invoice_id: string | null
      method: string
      amount_refunded: number
      refund_status: null | 'partial' | 'full'
      captured: boolean
      token_id: string | null
      created_at: number
    } & Record<string, unknown>
  > {}

export interface Invoice
  extends Owned<
    {
      id: string
      entity: 'invoice'
      subscription_id: string
      order_id: string
      payment_id: string | null
      status: 'issued' | 'paid'
      amount: number
      amount_paid: number
      amount_due: number
      billing_start: number
      billing_end: number
      paid_at: number | null
      created_at: number
    } & Record<string, unknown>
  > {}

export interface Refund
  extends Owned<{
    id: string
    entity: 'refund'
    amount: number
    currency: string
    payment_id: string
    notes: Notes
    receipt: string | null
    acquirer_data: { arn: null }
    created_at: number
    batch_id: null
    status: 'pending' | 'processed' | 'failed'
    speed_processed: 'normal'
    speed_requested: string
  }> {
  idempotencyKey: string | null
  requestBody: string
}

export function createState(): State {
  return {
    accounts: new Map(),
    plans: new Map(),
    customers: new Map(),
    subscriptions: new Map(),
    orders: new Map(),
    payments: new Map(),
    invoices: new Map(),
    refunds: new Map(),
  }
}

/** Removes what one account holds, or everything; the accounts themselves stay, as they are settings. */
export function forgetAccount({ accounts: _, ...tables }: State, account: string | null): void {
  for (const records of Object.values(tables)) {
    for (const [id, record] of records) if (account === null || record.account === account) records.delete(id)
  }
}
