import { z } from 'zod'
import { Id, line, PageInput, page, Time } from './fields.ts'

/** E.164, e.g. `+919876543210`. */
export const Phone = z
  .string()
  .regex(/^\+[1-9]\d{7,14}$/, { message: 'must be in international form, e.g. +919876543210' })

export const ConnectWhatsappInput = z.strictObject({
  /** What Embedded Signup returned; used once, at once. */
  code: line(500),
  wabaId: line(40),
  phoneNumberId: line(40),
  /** Six digits, two-step verification of the number. */
  pin: z.string().regex(/^\d{6}$/),
})
export const ConnectionView = z.object({
  id: Id,
  wabaId: z.string(),
  phoneNumberId: z.string(),
  displayPhoneNumber: z.string().nullable(),
  state: z.enum(['connecting', 'connected', 'failed', 'revoked']),
  step: z.string(),
  templateStatus: z.string().nullable(),
  failure: z.string().nullable(),
})

/** The name of a group of recipients, e.g. `retired` or `mumbai-2026`. */
export const Segment = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, { message: 'must be small letters, digits, - and _, up to 40 characters' })

export const ConsentInput = z.strictObject({
  purpose: z.enum(['marketing', 'service']).default('marketing'),
  source: line(120),
  wording: line(500),
  givenAt: Time,
})
export const AddRecipientInput = z.strictObject({
  phone: Phone,
  name: line(120).optional(),
  segments: z.array(Segment).max(20).optional(),
  consent: ConsentInput,
})
export const RecipientView = z.object({
  id: Id,
  /** Null for somebody whose phone WhatsApp hides. */
  phone: z.string().nullable(),
  name: z.string().nullable(),
  segments: z.array(Segment),
  state: z.enum(['active', 'opted_out']),
  /** Why the last message could not be delivered on account of this person, in plain words; null when none failed so. */
  problem: z.string().nullable(),
  createdAt: Time,
})
export const RecipientPage = page(RecipientView)
export const RecipientListInput = PageInput
export const OptOutInput = z.strictObject({ id: Id, source: line(120).default('told the advisor') })

/** To the recipients named, or to everybody of a segment: one of the two. */
export const CreateCampaignInput = z.strictObject({
  contentId: Id,
  recipientIds: z.array(Id).min(1).max(1000).optional(),
  segment: Segment.optional(),
  scheduleAt: Time.optional(),
})
export const CampaignState = z.enum(['draft', 'scheduled', 'sending', 'completed', 'held', 'cancelled'])
export const DeliveryState = z.enum([
  'queued',
  'claimed',
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'cancelled',
])
export type DeliveryState = z.infer<typeof DeliveryState>
export const CampaignView = z.object({
  id: Id,
  contentId: Id,
  approvalId: Id,
  segment: Segment.nullable(),
  state: CampaignState,
  heldReason: z.string().nullable(),
  scheduledAt: Time.nullable(),
  createdAt: Time,
  recipients: z.int(),
  /** How many deliveries stand in each state. */
  counts: z.partialRecord(DeliveryState, z.int()),
})
export const CampaignIdInput = z.strictObject({ id: Id })
export const DeliveryListInput = PageInput.extend({ id: Id })
export const DeliveryView = z.object({
  id: Id,
  recipientId: Id,
  state: DeliveryState,
  reason: z.string().nullable(),
  attempts: z.int(),
  updatedAt: Time,
})
export const DeliveryPage = page(DeliveryView)
