import type { SubscriptionView } from '@pramaan/shared'
import type { Ctx } from '../platform/context.ts'
import type { SubscriptionRow } from './queries.ts'
import { graceUntil, standingOf } from './rules/standing.ts'

/** A subscription as its firm sees it. */
export function subscriptionView(ctx: Pick<Ctx, 'clients' | 'now'>, row: SubscriptionRow): SubscriptionView {
  const now = ctx.now()
  const standing = standingOf(row, now)
  const grace = standing === 'grace' ? graceUntil(row) : null
  const isMandate = row.payment === 'mandate'
  return {
    id: row.id,
    plan: row.tier,
    period: row.period,
    amountPaise: row.pricePaise,
    payment: row.payment,
    state: row.state,
    standing,
    paidUntil: row.paidUntil?.toISOString() ?? null,
    graceUntil: grace?.toISOString() ?? null,
    cancelAtPeriodEnd: row.cancelAt === 'period_end',
    pausedByCustomer: row.pausedByCustomer,
    checkout:
      row.state === 'created' || row.state === 'halted' || row.state === 'pending'
        ? {
            keyId: ctx.clients.razorpay.keyId,
            razorpaySubscriptionId: isMandate ? row.razorpayId : null,
            razorpayOrderId: isMandate ? null : row.razorpayId,
            url: row.checkoutUrl,
          }
        : null,
    createdAt: row.createdAt.toISOString(),
  }
}
