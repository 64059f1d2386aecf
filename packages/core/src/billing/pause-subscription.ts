import type { SubscriptionView } from '@pramaan/shared'
import { z } from 'zod'
import { requireStepUp } from '../identity/index.ts'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError, UpstreamError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { carryOut } from './cancel-subscription.ts'
import { jobsToLook } from './jobs.ts'
import { type SubscriptionRow, subscriptionsOf } from './queries.ts'

/** The wish is written down before Razorpay is told; what became of it is learnt by asking, also after a lost answer. */
const recordWish = command({
  name: 'subscription.record_wish',
  input: z.strictObject({ subscriptionId: z.uuid(), wish: z.enum(['pause', 'resume']) }),
  async run(ctx, { subscriptionId, wish }) {
    const advisorId = advisorIdOf(ctx)
    const about = { objectType: 'subscription', objectId: subscriptionId, advisorId }
    return {
      output: null,
      audit: { action: `subscription.${wish}_requested`, ...about },
      jobs: jobsToLook({ advisorId, subscriptionId }),
    }
  },
})

async function pausable(ctx: Ctx, state: 'active' | 'paused'): Promise<SubscriptionRow & { razorpayId: string }> {
  const all = await subscriptionsOf(ctx.db.read, advisorIdOf(ctx))
  const row = all.find((one) => one.state === state && one.payment === 'mandate' && one.endedAt === null)
  if (row?.razorpayId) return { ...row, razorpayId: row.razorpayId }
  throw new AppError('invalid_state', `There is no ${state} subscription that is charged by itself.`)
}

async function tell(ctx: Ctx, row: SubscriptionRow & { razorpayId: string }, wish: 'pause' | 'resume') {
  await recordWish(ctx, { subscriptionId: row.id, wish })
  const { razorpay } = ctx.clients
  const call = wish === 'pause' ? razorpay.pauseSubscription : razorpay.resumeSubscription
  await call(row.razorpayId).catch((error) => {
    if (!(error instanceof UpstreamError)) throw error
    if (!error.retryable) {
      throw new AppError('upstream_failed', 'The payment service refused this. Nothing was changed.', { cause: error })
    }
  })
  return carryOut(ctx, row.id)
}

/** Stops further charges until it is resumed. What is paid is used to its end. Only what is active can be paused. */
export const pauseSubscription = steps({
  name: 'billing.pause',
  input: z.strictObject({}),
  async run(ctx): Promise<SubscriptionView> {
    requireStepUp(ctx)
    return tell(ctx, await pausable(ctx, 'active'), 'pause')
  },
})

/** Goes on. What the customer paused in the UPI app or at the bank is resumed only there. */
export const resumeSubscription = steps({
  name: 'billing.resume',
  input: z.strictObject({}),
  async run(ctx): Promise<SubscriptionView> {
    requireStepUp(ctx)
    const row = await pausable(ctx, 'paused')
    if (row.pausedByCustomer) {
      throw new AppError(
        'invalid_state',
        'This was paused in the UPI app or at the bank. It can be resumed only there.',
      )
    }
    return tell(ctx, row, 'resume')
  },
})
