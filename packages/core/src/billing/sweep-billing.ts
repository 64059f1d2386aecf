import { schema } from '@pramaan/db'
import { asc, inArray, lte } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { reconcileJob, refundJob } from './jobs.ts'

const { refunds, subscriptions } = schema

const BATCH = 500
/** Nothing is handed out twice while its job may still run. */
const AGAIN_MS = 5 * 60_000

/**
 * Sends everything whose next look is due to Razorpay: subscriptions by their state, refunds under way. This alone, with
 * no webhook at all, leads to the same state.
 */
const sendDue = command({
  name: 'billing.sweep',
  input: z.strictObject({}),
  async run(ctx) {
    const now = ctx.now()
    const again = new Date(now.getTime() + AGAIN_MS)
    const due = await ctx.tx
      .select({ advisorId: subscriptions.advisorId, subscriptionId: subscriptions.id })
      .from(subscriptions)
      .where(lte(subscriptions.nextLookAt, now))
      .orderBy(asc(subscriptions.nextLookAt))
      .limit(BATCH)
      .for('update', { skipLocked: true })
    const waiting = await ctx.tx
      .select({ advisorId: refunds.advisorId, refundId: refunds.id })
      .from(refunds)
      .where(lte(refunds.nextLookAt, now))
      .limit(BATCH)
      .for('update', { skipLocked: true })
    if (due.length + waiting.length === 0) return { output: null, unchanged: true }
    const dueIds = due.map(({ subscriptionId }) => subscriptionId)
    const waitingIds = waiting.map(({ refundId }) => refundId)
    if (dueIds.length > 0) {
      await ctx.tx.update(subscriptions).set({ nextLookAt: again }).where(inArray(subscriptions.id, dueIds))
    }
    if (waitingIds.length > 0) {
      await ctx.tx.update(refunds).set({ nextLookAt: again }).where(inArray(refunds.id, waitingIds))
    }
    return {
      output: null,
      audit: {
        action: 'billing.sweep_found_due',
        objectType: 'sweep',
        objectId: 'billing',
        detail: { subscriptions: due.length, refunds: waiting.length },
      },
      jobs: [
        ...due.map((one) => reconcileJob.with(one, { groupId: one.advisorId })),
        ...waiting.map((one) => refundJob.with(one, { groupId: one.advisorId })),
      ],
    }
  },
})

export const sweepBilling = (ctx: Ctx): Promise<null> => sendDue(ctx, {})
