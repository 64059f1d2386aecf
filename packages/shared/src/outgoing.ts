import { z } from 'zod'
import { Id, Time } from './fields.ts'

/**
 * What other systems can hear of. Each is the name of a step in the audit log, of a group of them, or of a part:
 * `delivery.sent`, `.delivered` and `.read` name the messages of a campaign that came so far with one word of WhatsApp.
 */
export const OutgoingEvent = z.enum([
  'content.approved',
  'content.rejected',
  'content.changes_required',
  'campaign.dispatched',
  'campaign.progressed',
  'campaign.held',
  'campaign.completed',
  'delivery.accepted',
  'delivery.sent',
  'delivery.delivered',
  'delivery.read',
  'delivery.failed',
  'recipient.opted_out',
  'reply.received',
  'subscription.changed',
])
export type OutgoingEvent = z.infer<typeof OutgoingEvent>

export const AddEndpointInput = z.strictObject({
  url: z.url().max(500),
  events: z.array(OutgoingEvent).min(1).max(OutgoingEvent.options.length),
})
export const EndpointIdInput = z.strictObject({ id: Id })
export const ReplayInput = z.strictObject({ id: Id, from: Time, to: Time })
export const EndpointView = z.object({
  id: Id,
  url: z.string(),
  events: z.array(OutgoingEvent),
  state: z.enum(['active', 'disabled']),
  failingSince: Time.nullable(),
  createdAt: Time,
})
/** The secret is shown this once; it verifies the signatures (Standard Webhooks). */
export const NewEndpointView = EndpointView.extend({ secret: z.string() })
export const EndpointList = z.object({ items: z.array(EndpointView) })
export const ReplayedView = z.object({ events: z.int() })
