import { z } from 'zod'
import type { AuditEntry, Ctx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { command } from '../platform/use-case.ts'
import { lockBilling, subscriptionsOf } from './queries.ts'
import { reconcileSubscription } from './reconcile-subscription.ts'
import { isFinal } from './rules/state.ts'
import { saveSubscription } from './save-subscription.ts'

const REASON = 'the firm is erased'

/**
 * Ends everything that a firm has booked, here and at Razorpay, so that nobody who is erased is charged. What is left of
 * a period is not given back: who wants that cancels first. A second run finds it done.
 *
 * @throws UpstreamError when Razorpay cannot be told now
 */
export async function giveUpSubscriptions(ctx: Ctx, advisorId: string): Promise<void> {
  for (const subscriptionId of await endAll(ctx, { advisorId })) {
    await reconcileSubscription(ctx, { advisorId, subscriptionId })
  }
}

/** @returns the ids of all of which Razorpay has not said yet that they are over */
const endAll = command({
  name: 'subscription.give_up',
  input: z.strictObject({ advisorId: z.uuid() }),
  async run(ctx, { advisorId }) {
    await lockBilling(ctx, advisorId)
    const alive = (await subscriptionsOf(ctx.tx, advisorId)).filter(({ state }) => !isFinal(state))
    const output = alive.map(({ id }) => id)
    const audit: AuditEntry[] = []
    const jobs: Job[] = []
    for (const row of alive.filter(({ endedAt }) => endedAt === null)) {
      const saved = await saveSubscription(ctx, row, { cancelAt: 'now', endedAt: ctx.now() }, REASON)
      const about = { objectType: 'subscription', objectId: row.id, advisorId }
      audit.push({ action: 'subscription.ended', ...about, reason: REASON }, ...saved.audit)
      jobs.push(...saved.jobs)
    }
    const [first, ...rest] = audit
    return first ? { output, audit: [first, ...rest], jobs } : { output, unchanged: true }
  },
})
