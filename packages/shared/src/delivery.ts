import { z } from 'zod'
import { Id, line, PageInput, page, Time } from './fields.ts'
import { TemplateParameters } from './whatsapp-templates.ts'

/** E.164, e.g. `+919876543210`. */
export const Phone = z
  .string()
  .regex(/^\+[1-9]\d{7,14}$/, { message: 'must be in international form, e.g. +919876543210' })

export const ConnectWhatsappInput = z.strictObject({
  /** What Embedded Signup returned; used once, at once. Not needed to go on after its step. */
  code: line(500).optional(),
  wabaId: line(40),
  phoneNumberId: line(40),
  /** Six digits, two-step verification of the number. */
  pin: z.string().regex(/^\d{6}$/),
  /** What WhatsApp sent to a number that had to be verified first, and how it is to send that. */
  verificationCode: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
  codeMethod: z.enum(['SMS', 'VOICE']).default('SMS'),
})
/** What stands against sending through a number, or soon will, in plain words. */
export const ConnectionWarning = z.object({
  id: z.enum(['billing_currency', 'payment', 'blocked', 'limited', 'quality', 'name']),
  message: z.string(),
})
export const ConnectionView = z.object({
  id: Id,
  wabaId: z.string(),
  phoneNumberId: z.string(),
  displayPhoneNumber: z.string().nullable(),
  state: z.enum(['connecting', 'connected', 'failed', 'revoked']),
  step: z.string(),
  templateStatus: z.string().nullable(),
  /** As what WhatsApp charges the template, and as what it is going to; null as long as nobody told. */
  templateCategory: z.string().nullable(),
  templateNextCategory: z.string().nullable(),
  /** What WhatsApp says of the number: its quality, the state of its display name, messages a second, persons a day. */
  quality: z.string().nullable(),
  nameStatus: z.string().nullable(),
  throughput: z.int().nullable(),
  dailyPeople: z.int().nullable(),
  /** Whether WhatsApp lets it send: `AVAILABLE`, `LIMITED` or `BLOCKED`; in what it bills; when it was asked. */
  canSend: z.string().nullable(),
  billingCurrency: z.string().nullable(),
  healthAt: Time.nullable(),
  warnings: z.array(ConnectionWarning),
  quietHours: z.object({ from: z.string(), until: z.string() }).nullable(),
  failure: z.string().nullable(),
})

/** The name of a group of recipients, e.g. `retired` or `mumbai-2026`. */
export const Segment = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, { message: 'must be small letters, digits, - and _, up to 40 characters' })

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { message: 'must be a time such as 21:30' })
/** Indian time; `from` may be later than `until`, over midnight. */
export const SetQuietHoursInput = z.strictObject({
  quietHours: z.strictObject({ from: TimeOfDay, until: TimeOfDay }).nullable(),
})

export const ConsentInput = z.strictObject({
  purpose: z.enum(['marketing', 'service']).default('marketing'),
  source: line(120),
  wording: line(500),
  /** Where the consent can be shown, e.g. the number of a form. */
  evidence: line(300).optional(),
  givenAt: Time,
})
export const AddRecipientInput = z.strictObject({
  phone: Phone,
  name: line(120).optional(),
  segments: z.array(Segment).max(20).optional(),
  consent: ConsentInput,
})
/** `erased`: phone and name are gone; the id stays for the messages that were sent. */
export const RecipientState = z.enum(['active', 'opted_out', 'erased'])
export const RecipientView = z.object({
  id: Id,
  /** Null for somebody whose phone WhatsApp hides. */
  phone: z.string().nullable(),
  name: z.string().nullable(),
  segments: z.array(Segment),
  state: RecipientState,
  /** Why the last message could not be delivered on account of this person, in plain words; null when none failed so. */
  problem: z.string().nullable(),
  createdAt: Time,
})
/** CSV whose first line names the columns; it is read line by line. Of a CSV body `csv` is the beginning. */
export const ImportRecipientsInput = z.strictObject({
  csv: z
    .string()
    .max(16 * 1024 * 1024)
    .regex(/phone/i, { message: 'must name the column phone in its first line' }),
})
export const ImportedView = z.object({
  lines: z.int(),
  added: z.int(),
  /** On record before; segments and consent were added. */
  updated: z.int(),
  refused: z.int(),
  /** What is wrong with the first thousand of those that were refused. */
  errors: z.array(z.object({ line: z.int(), column: z.string(), message: z.string() })),
})
export const ExportRecipientsInput = z.strictObject({
  limit: z.int().min(1).max(1_000).default(1_000),
  cursor: PageInput.shape.cursor,
})
export const ExportView = z.object({ csv: z.string(), nextCursor: z.string().nullable() })
export const SetSegmentsInput = z.strictObject({ id: Id, segments: z.array(Segment).max(20) })
export const RecipientPage = page(RecipientView)
export const RecipientListInput = PageInput
export const OptOutInput = z.strictObject({ id: Id, source: line(120).default('told the advisor') })

export const ShareContentInput = z.strictObject({ contentId: Id, phone: Phone.optional() })
export const ShareView = z.object({
  id: Id,
  state: z.literal('shared'),
  contentId: Id,
  approvalId: Id,
  versionHash: z.string(),
  /** What recipients are to read, word for word. */
  text: z.string(),
  /** Opens WhatsApp with the text; null for another channel, and for a text too long for a link. */
  link: z.string().nullable(),
  expiresAt: Time,
})

export const ReplyListInput = PageInput
export const ReplyPage = page(
  z.object({
    id: Id,
    recipientId: Id,
    kind: z.string(),
    text: z.string().nullable(),
    mediaId: z.string().nullable(),
    deliveryId: Id.nullable(),
    receivedAt: Time,
  }),
)

/** To the recipients named, or to everybody of a segment: one of the two. */
export const CreateCampaignInput = z.strictObject({
  contentId: Id,
  recipientIds: z.array(Id).min(1).max(1000).optional(),
  segment: Segment.optional(),
  /** A template of the firm's own instead of the product's, and what fills it to exactly the approved text. */
  templateId: Id.optional(),
  templateParameters: TemplateParameters.optional(),
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
  templateId: Id.nullable(),
  segment: Segment.nullable(),
  state: CampaignState,
  heldReason: z.string().nullable(),
  scheduledAt: Time.nullable(),
  createdAt: Time,
  recipients: z.int(),
  /** How many deliveries stand in each state. */
  counts: z.partialRecord(DeliveryState, z.int()),
})
export const PreviewCampaignInput = CreateCampaignInput.omit({
  contentId: true,
  scheduleAt: true,
  templateParameters: true,
})
export const PreviewView = z.object({
  recipients: z.int(),
  willReceive: z.int(),
  excluded: z.array(z.object({ reason: z.string(), people: z.int() })),
  /** How many of them are in each of their segments. */
  segments: z.array(z.object({ segment: Segment, people: z.int() })),
  category: z.string(),
  /** Thousandths of a paisa for one message in India, before tax; null where there is no price. */
  perMessageMillipaise: z.int().nullable(),
  costPaise: z.int(),
  taxPaise: z.int(),
  totalPaise: z.int(),
  /** Persons in countries without a price of ours; they are not in the cost. */
  unpriced: z.int(),
  /** Days that the number needs for so many persons. */
  days: z.int(),
})
export const CampaignIdInput = z.strictObject({ id: Id })
export const DeliveryListInput = PageInput.extend({ id: Id })
export const RecallPage = page(z.object({ deliveryState: DeliveryState, recipient: RecipientView }))
export const DeliveryView = z.object({
  id: Id,
  recipientId: Id,
  state: DeliveryState,
  reason: z.string().nullable(),
  attempts: z.int(),
  updatedAt: Time,
})
export const DeliveryPage = page(DeliveryView)
