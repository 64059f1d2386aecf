import { schema } from '@pramaan/db'
import { and, desc, eq } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { reconcileJob } from './jobs.ts'
import type { SubscriptionRow } from './queries.ts'
import { requestCredit } from './request-credit.ts'
import { unusedPaise } from './rules/proration.ts'
import type { Consequences } from './save-subscription.ts'

const { payments, subscriptions } = schema

/** Razorpay refunds one rupee at least. */
const MIN_REFUND_PAISE = 100

/** The last payment of a subscription and what of it is not used up at a moment. */
export async function creditOf(
  ctx: Pick<CommandCtx, 'db'> & { tx?: CommandCtx['tx'] },
  row: SubscriptionRow,
  now: Date,
) {
  const [last] = await (ctx.tx ?? ctx.db.read)
    .select()
    .from(payments)
    .where(and(eq(payments.advisorId, row.advisorId), eq(payments.subscriptionId, row.id)))
    .orderBy(desc(payments.paidAt))
    .limit(1)
  const period = { pricePaise: last?.amountPaise ?? 0, start: row.currentStart ?? now, end: row.paidUntil ?? now }
  const creditPaise = unusedPaise(period, now)
  return { payment: last ?? null, creditPaise: creditPaise < MIN_REFUND_PAISE ? 0 : creditPaise }
}

/**
 * Ends a subscription before its time, once: from now on it gives nothing, what is left of its period goes back, and a
 * job tells Razorpay. The firm's billing is locked; the tier is up to the caller, who saves something afterwards.
 */
export async function endNow(ctx: CommandCtx, row: SubscriptionRow, reason: string): Promise<Consequences> {
  const { advisorId, id: subscriptionId } = row
  if (row.endedAt !== null) return { audit: [], jobs: [] }
  const now = ctx.now()
  await ctx.tx
    .update(subscriptions)
    .set({ endedAt: now, cancelAt: 'now', nextLookAt: now, updatedAt: now })
    .where(and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, subscriptionId)))
  const about = { objectType: 'subscription', objectId: subscriptionId, advisorId }
  const jobs = [reconcileJob.with({ advisorId, subscriptionId }, { groupId: advisorId })]
  const { payment, creditPaise } = await creditOf(ctx, row, now)
  const audit = [{ action: 'subscription.ended', ...about, reason, detail: { creditPaise } }]
  if (!payment || creditPaise === 0) return { audit, jobs }
  const given = await requestCredit(ctx, {
    advisorId,
    razorpayPaymentId: payment.razorpayPaymentId,
    creditPaise,
    reason,
  })
  return { audit: [...audit, ...given.audit], jobs: [...jobs, ...given.jobs] }
}
