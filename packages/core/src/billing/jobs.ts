import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/** Decides what a Razorpay event of the inbox means. */
export const applyEventJob = defineJob('billing.apply-event', { eventId: z.uuid() })
