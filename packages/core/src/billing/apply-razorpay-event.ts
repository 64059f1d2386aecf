import { schema } from '@pramaan/db'
import { and, eq, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import { settleEvent, takeEvent } from '../platform/inbox.ts'
import { command } from '../platform/use-case.ts'
import { recordRefund } from './book-refund.ts'
import { applyEventJob, reconcileJob } from './jobs.ts'
import { NOTE } from './open-at-razorpay.ts'
import { lockBilling, type SubscriptionRow, takeSubscription } from './queries.ts'
import { type BillingEvent, readEvent } from './read-event.ts'
import { reconcileSubscription } from './reconcile-subscription.ts'
import { EVENTS } from './rules/events.ts'
import type { Consequences } from './save-subscription.ts'
import { takeOrderPayment, takeWord } from './take-word.ts'

const { payments, subscriptions } = schema

/** A payment that nothing here knows: only Razorpay can say what it was for. */
interface Lookup {
  invoiceId: string
}

/** Null: it is about nothing of ours. */
type Meaning = Consequences | { lookup: Lookup } | null

const NOTHING: Consequences = { audit: [], jobs: [] }

/**
 * Settles one event of the inbox in one transaction: what it means for a subscription, a payment or a refund of ours;
 * or it is parked, with its raw bytes, and people are told. A payment whose invoice nobody here knows is looked up first.
 */
const settle = command({
  name: 'billing.apply_event',
  input: z.object({ ...applyEventJob.payload.shape, mayLookUp: z.boolean() }),
  async run(ctx, { eventId, mayLookUp }) {
    const taken = await takeEvent(ctx, eventId)
    if (!taken) return { output: null, unchanged: true }
    const event = readEvent(taken.rawBody)
    const meaning = await meaningOf(ctx, event)
    const lookup = meaning && 'lookup' in meaning ? meaning.lookup : null
    if (lookup && mayLookUp) return { output: lookup as Lookup | null, unchanged: true }
    const found = meaning && !('lookup' in meaning) ? meaning : null
    const outcome = found ? 'applied' : 'parked'
    await settleEvent(ctx, eventId, outcome)
    if (outcome === 'parked') {
      ctx.log.error({ alert: 'billing.event_parked', eventId, event: event?.name ?? 'unreadable' }, 'event parked')
    }
    const entry: AuditEntry = {
      action: `billing.event_${outcome}`,
      objectType: 'webhook_event',
      objectId: eventId,
      reason: event?.name ?? 'unreadable',
    }
    return { output: null, audit: [entry, ...(found?.audit ?? [])], jobs: found?.jobs ?? [] }
  },
})

async function meaningOf(ctx: CommandCtx, event: BillingEvent | null): Promise<Meaning> {
  if (!event || isForeign(ctx, event)) return null
  switch (EVENTS[event.name]) {
    case 'subscription':
    case 'charged':
      return subscriptionMeaning(ctx, event)
    case 'payment':
      return paymentMeaning(ctx, event)
    case 'refund':
      return refundMeaning(ctx, event)
    case 'mandate':
      return mandateMeaning(ctx, event)
    case 'alert':
      ctx.log.error(
        { alert: 'billing.dispute', payment: event.payment?.id, event: event.name },
        'a payment is disputed',
      )
      return NOTHING
    case 'nothing':
      return NOTHING
    default:
      return null
  }
}

/** Signed for us and about somebody else: a mistake of theirs, or of whoever set up the webhook. */
function isForeign({ settings }: CommandCtx, { accountId }: BillingEvent): boolean {
  const ours = settings.billing.razorpayAccountId
  return ours !== null && accountId !== null && accountId !== ours
}

/** By Razorpay's id; before we know that one, by ours, which it carries in the notes. */
const ofEvent = (razorpayId: string, notes: Record<string, string>) => {
  const ours = notes[NOTE]
  const unknown = sql`${subscriptions.id}::text = ${ours ?? null} and ${subscriptions.razorpayId} is null`
  return or(eq(subscriptions.razorpayId, razorpayId), ours === undefined ? undefined : unknown)
}

async function subscriptionMeaning(ctx: CommandCtx, event: BillingEvent): Promise<Meaning> {
  const { subscription, payment, at, name } = event
  if (!subscription) return null
  const row = await takeSubscription(ctx, ofEvent(subscription.id, subscription.notes))
  if (!row) return null
  const isPaid = EVENTS[name] === 'charged' && payment?.captured === true
  const paid = isPaid ? [{ payment, paidUntil: subscription.currentEnd }] : []
  return takeWord(ctx, row, { how: 'heard', asOf: at, subscription, paid, reason: name })
}

async function paymentMeaning(ctx: CommandCtx, event: BillingEvent): Promise<Meaning> {
  const { invoice, order, payment, name } = event
  if (!payment?.captured) return payment ? NOTHING : null
  const [known] = await ctx.tx.select().from(payments).where(eq(payments.razorpayPaymentId, payment.id))
  if (known) return NOTHING
  if (invoice?.subscriptionId) {
    const row = await takeSubscription(ctx, eq(subscriptions.razorpayId, invoice.subscriptionId))
    const paid = [{ payment, paidUntil: invoice.billingEnd }]
    return row && takeWord(ctx, row, { how: 'heard', asOf: event.at, subscription: null, paid, reason: name })
  }
  const row = payment.orderId && (await takeSubscription(ctx, ofEvent(payment.orderId, order?.notes ?? {})))
  if (row) return isOrder(row) ? takeOrderPayment(ctx, row, payment, name) : NOTHING
  return payment.invoiceId === null ? null : { lookup: { invoiceId: payment.invoiceId } }
}

const isOrder = (row: SubscriptionRow) => row.payment === 'order'

async function refundMeaning(ctx: CommandCtx, { refund, payment }: BillingEvent): Promise<Meaning> {
  if (!refund) return null
  const find = () => ctx.tx.select().from(payments).where(eq(payments.razorpayPaymentId, refund.paymentId))
  const [known] = await find()
  if (known) {
    await lockBilling(ctx, known.advisorId)
    return recordRefund(ctx, known, refund)
  }
  return payment?.invoiceId ? { lookup: { invoiceId: payment.invoiceId } } : null
}

async function mandateMeaning(ctx: CommandCtx, { tokenId, name }: BillingEvent): Promise<Meaning> {
  const row = tokenId && (await takeSubscription(ctx, eq(subscriptions.tokenId, tokenId)))
  if (!row) return null
  const { advisorId, id: subscriptionId } = row
  await ctx.tx
    .update(subscriptions)
    .set({ pausedByCustomer: name === 'token.paused' })
    .where(and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, subscriptionId)))
  const entry = {
    action: 'subscription.mandate_changed',
    objectType: 'subscription',
    objectId: subscriptionId,
    advisorId,
  }
  return {
    audit: [{ ...entry, reason: name }],
    jobs: [reconcileJob.with({ advisorId, subscriptionId }, { groupId: advisorId })],
  }
}

/**
 * Job `billing.apply-event`. Where a payment has to be looked up, Razorpay is asked between two transactions; a
 * subscription of ours behind it is reconciled whole, which books that payment with everything else.
 *
 * @throws UpstreamError when Razorpay cannot be asked now; the event waits
 */
export async function applyRazorpayEvent(ctx: Ctx, payload: unknown): Promise<void> {
  const { eventId } = applyEventJob.payload.parse(payload)
  const lookup = await settle(ctx, { eventId, mayLookUp: true })
  if (!lookup) return
  const invoice = await ctx.clients.razorpay.invoice(lookup.invoiceId)
  const ours = invoice?.subscriptionId ? eq(subscriptions.razorpayId, invoice.subscriptionId) : undefined
  if (ours) {
    const found = await ctx.db.acrossAdvisors.read.select().from(subscriptions).where(ours)
    for (const { advisorId, id } of found) await reconcileSubscription(ctx, { advisorId, subscriptionId: id })
  }
  await settle(ctx, { eventId, mayLookUp: false })
}
