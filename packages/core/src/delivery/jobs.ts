import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/** Turns a campaign into deliveries. */
export const dispatchJob = defineJob('delivery.dispatch', { advisorId: z.uuid(), campaignId: z.uuid() })

/** Sends the next deliveries of an advisor: one turn. */
export const sendJob = defineJob('delivery.send', { advisorId: z.uuid() })

/** Settles a delivery whose worker or whose answer was lost. */
export const reconcileJob = defineJob('delivery.reconcile', { advisorId: z.uuid(), deliveryId: z.uuid() })

/** Reads the audit log on for outgoing events. */
export const pumpJob = defineJob('delivery.pump-events', {})

/** Brings one event to one endpoint. */
export const webhookJob = defineJob('delivery.send-webhook', { advisorId: z.uuid(), messageId: z.uuid() })

/** Decides what a stored webhook means. */
export const applyEventJob = defineJob('delivery.apply-event', { eventId: z.uuid() })
