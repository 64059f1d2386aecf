import { z } from 'zod'
import { defineJob, type Job } from '../platform/queue.ts'

/** Decides what a Razorpay event of the inbox means. */
export const applyEventJob = defineJob('billing.apply-event', { eventId: z.uuid() })

/** Compares one subscription with what Razorpay says of it, and books what is missing. */
export const reconcileJob = defineJob('billing.reconcile', { advisorId: z.uuid(), subscriptionId: z.uuid() })

/** Sends one refund to Razorpay, or learns what became of it. */
export const refundJob = defineJob('billing.refund', { advisorId: z.uuid(), refundId: z.uuid() })

/** Tells the owners of a firm what a late payment, a halt or the end of a paid year means for them. */
export const dunningJob = defineJob('billing.dunning', { advisorId: z.uuid(), subscriptionId: z.uuid() })

/** Has a subscription compared with Razorpay after the answer to a wish must have been there, and its process may have died. */
export const jobsToLook = (ids: { advisorId: string; subscriptionId: string }): Job[] => [
  reconcileJob.with(ids, { groupId: ids.advisorId }),
]
