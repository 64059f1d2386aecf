import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { type SubscriptionRow, takeById } from './queries.ts'
import { isFinal } from './rules/state.ts'
import { saveSubscription } from './save-subscription.ts'

type End = 'now' | 'cycle_end'

/** What was decided about the end of a subscription and Razorpay does not know yet; null where nothing is left to tell. */
function endToTell(row: SubscriptionRow, now: Date): End | null {
  if (isFinal(row.state) || row.cancelAt === null) return null
  const isOver = row.paidUntil === null || row.paidUntil <= now
  if (row.cancelAt === 'now' || isOver) return 'now'
  // Only what is active can be ended with its cycle there; the rest waits for the end of what is paid.
  return row.state === 'active' && !row.cancelTold ? 'cycle_end' : null
}

/**
 * Tells Razorpay what was decided about the end of a subscription. At the end of its period: Razorpay shows nothing of
 * that, and has been known to cancel at once, so the decision is ours (`cancel_at`), what is paid counts to its end
 * either way, and what is still alive after it is cancelled then.
 *
 * @throws UpstreamError when Razorpay cannot be told now; whoever looks next tries again
 */
export async function retireSubscription(ctx: Ctx, row: SubscriptionRow): Promise<void> {
  const end = endToTell(row, ctx.now())
  if (end === null) return
  const { advisorId, id: subscriptionId, razorpayId } = row
  if (row.payment === 'mandate' && razorpayId !== null) {
    await ctx.clients.razorpay.cancelSubscription(razorpayId, { atCycleEnd: end === 'cycle_end' }).catch((error) => {
      // It is over there already, in whatever way.
      if (!(error instanceof UpstreamError) || error.vendorCode !== 400) throw error
    })
  }
  await recordEnd(ctx, { advisorId, subscriptionId, end })
}

const recordEnd = command({
  name: 'subscription.record_end',
  input: z.strictObject({ advisorId: z.uuid(), subscriptionId: z.uuid(), end: z.enum(['now', 'cycle_end']) }),
  async run(ctx, { advisorId, subscriptionId, end }) {
    const row = await takeById(ctx, advisorId, subscriptionId)
    if (!row || isFinal(row.state)) return { output: null, unchanged: true }
    const changes = end === 'now' ? { state: 'cancelled' as const } : { cancelTold: true }
    const { audit, jobs } = await saveSubscription(ctx, row, changes, `cancelled: ${row.cancelAt}`)
    const told = { action: 'subscription.end_told', objectType: 'subscription', objectId: subscriptionId, advisorId }
    return { output: null, audit: [told, ...audit], jobs }
  },
})
