import { z } from 'zod'
import { isStopWord } from './stop-words.ts'

/** A person as WhatsApp names them: by phone (E.164), by an id of its own for our advisor (BSUID), or by both. */
export interface Who {
  phone: string | null
  bsuid: string | null
}

/** What a webhook told us, as far as it means something to us. `at` is the vendor's time of the thing itself. */
export type WhatsappChange =
  | {
      kind: 'status'
      phoneNumberId: string
      messageId: string
      status: 'sent' | 'delivered' | 'read' | 'failed'
      callbackData: string | null
      errorCode: number | null
      who: Who
      /** What the message costs; told once, with one of its statuses. */
      pricing: { type: string; category: string } | null
      at: Date
    }
  | { kind: 'preference'; phoneNumberId: string; who: Who; wants: 'stop' | 'resume'; at: Date }
  | {
      kind: 'message'
      phoneNumberId: string
      who: Who
      name: string | null
      messageId: string
      /** As WhatsApp names it: `text`, `button`, `image`, ... */
      type: string
      /** The words of the person: a text, a caption, the title of a button. */
      text: string | null
      mediaId: string | null
      repliesTo: string | null
      isStop: boolean
      at: Date
    }
  | { kind: 'number_changed'; phoneNumberId: string; phone: string; newPhone: string; at: Date }
  | {
      kind: 'template'
      wabaId: string
      name: string
      language: string
      event: string
      reason: string | null
      at: Date
    }
  /** A template has other words than before. */
  | { kind: 'rewritten'; wabaId: string; name: string; language: string; body: string; at: Date }
  | { kind: 'quality'; wabaId: string; name: string; language: string; quality: string; at: Date }
  | {
      kind: 'category'
      wabaId: string
      name: string
      language: string
      category: string
      /** What it was, where the change has happened. */
      previousCategory: string | null
      /** What it is going to be, where the change is only announced. */
      nextCategory: string | null
      at: Date
    }
  /** How many persons a day: a tier such as `TIER_2K`, or the number itself, of which -1 is no limit. */
  | { kind: 'limits'; wabaId: string; limit: string | number; at: Date }
  | { kind: 'account'; wabaId: string; event: string; banState: string | null; at: Date }
  /** Something that we cannot read: a notice, a field of the future, a part of another form. It is kept for a person. */
  | { kind: 'unread' }

/** Seconds since 1970, as a number or as text, up to the year 2100. */
const Seconds = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ])
  .pipe(z.number().min(0).max(4_102_444_800))

const Envelope = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(
    z.object({
      id: z.string(),
      time: Seconds.optional(),
      changes: z.array(z.object({ value: z.record(z.string(), z.unknown()) })),
    }),
  ),
})

const Metadata = z.object({ metadata: z.object({ phone_number_id: z.string() }) })
const Status = z.object({
  id: z.string(),
  status: z.enum(['sent', 'delivered', 'read', 'played', 'failed']),
  timestamp: Seconds,
  recipient_id: z.string().optional(),
  recipient_user_id: z.string().optional(),
  biz_opaque_callback_data: z.string().optional(),
  pricing: z.object({ type: z.string(), category: z.string() }).optional().catch(undefined),
  errors: z.array(z.object({ code: z.int() })).optional(),
})
const Contact = z.object({
  profile: z.object({ name: z.string().optional() }).optional(),
  wa_id: z.string().optional(),
  user_id: z.string().optional(),
})
const Preference = z.object({
  wa_id: z.string().optional(),
  category: z.literal('marketing_messages'),
  value: z.enum(['stop', 'resume']),
  timestamp: Seconds,
})
const Choice = z.object({ id: z.string().optional(), title: z.string().optional() })
const Media = z.object({ id: z.string(), caption: z.string().optional() })
const Message = z.object({
  id: z.string(),
  from: z.string().optional(),
  from_user_id: z.string().optional(),
  timestamp: Seconds,
  type: z.string(),
  context: z.object({ id: z.string().optional() }).optional(),
  text: z.object({ body: z.string() }).optional(),
  button: z.object({ payload: z.string().optional(), text: z.string().optional() }).optional(),
  interactive: z.object({ button_reply: Choice.optional(), list_reply: Choice.optional() }).optional(),
  image: Media.optional(),
  video: Media.optional(),
  audio: Media.optional(),
  document: Media.optional(),
  sticker: Media.optional(),
  system: z.object({ type: z.string(), wa_id: z.string().optional() }).optional(),
})
const TemplateEvent = z.object({
  event: z.string(),
  message_template_name: z.string(),
  message_template_language: z.string(),
  reason: z.string().nullish(),
})
const RewrittenEvent = z.object({
  message_template_name: z.string(),
  message_template_language: z.string(),
  message_template_element: z.string(),
})
const QualityEvent = z.object({
  message_template_name: z.string(),
  message_template_language: z.string(),
  new_quality_score: z.string(),
})
const CategoryEvent = z.object({
  message_template_name: z.string(),
  message_template_language: z.string(),
  previous_category: z.string().optional(),
  new_category: z.string(),
  correct_category: z.string().optional(),
})
const LimitsEvent = z.object({ max_daily_conversations_per_business: z.union([z.string(), z.int()]) })
const AccountEvent = z.object({
  event: z.string(),
  ban_info: z.object({ waba_ban_state: z.string() }).optional(),
})

/**
 * Reads a webhook by the shape of its values, because the official examples misname fields (whatsapp.md section 2).
 * What it cannot read is left out; a part that is wrong does not spoil the others.
 *
 * @returns null when it is not a webhook of WhatsApp at all
 */
export function parseWebhook(body: string, receivedAt: Date): WhatsappChange[] | null {
  const envelope = Envelope.safeParse(parseJson(body))
  if (!envelope.success) return null
  return envelope.data.entry.flatMap((entry) => {
    const entryAt = entry.time === undefined ? receivedAt : fromSeconds(entry.time)
    return entry.changes.flatMap(({ value }) => {
      const about = Metadata.safeParse(value)
      return about.success
        ? numberChanges(about.data.metadata.phone_number_id, value)
        : accountChanges(entry.id, value, entryAt)
    })
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function numberChanges(phoneNumberId: string, value: Record<string, unknown>): WhatsappChange[] {
  const contacts = readable(Contact, value.contacts)
  const statuses = readable(Status, value.statuses)
  const preferences = readable(Preference, value.user_preferences)
  const messages = readable(Message, value.messages)
  const changes: WhatsappChange[] = [
    ...statuses.map((one) => statusChange(phoneNumberId, one)),
    ...preferences.map((one) => ({
      kind: 'preference' as const,
      phoneNumberId,
      who: whoOf(one.wa_id, contacts.find((contact) => contact.wa_id === one.wa_id)?.user_id),
      wants: one.value,
      at: fromSeconds(one.timestamp),
    })),
    ...messages.map((one) => messageChange(phoneNumberId, one, contacts)),
  ]
  const told = lengthOf(value.statuses) + lengthOf(value.user_preferences) + lengthOf(value.messages)
  return changes.length === 0 || changes.length < told ? [...changes, { kind: 'unread' }] : changes
}

function messageChange(
  phoneNumberId: string,
  message: z.output<typeof Message>,
  contacts: z.output<typeof Contact>[],
): WhatsappChange {
  const { system, from } = message
  const at = fromSeconds(message.timestamp)
  if (system?.type === 'user_changed_number' && from !== undefined && system.wa_id !== undefined) {
    return { kind: 'number_changed', phoneNumberId, phone: e164(from), newPhone: e164(system.wa_id), at }
  }
  const contact = contacts.find((one) =>
    from === undefined ? one.user_id === message.from_user_id : one.wa_id === from,
  )
  const media = message.image ?? message.video ?? message.audio ?? message.document ?? message.sticker
  const words = wordsOf(message)
  return {
    kind: 'message',
    phoneNumberId,
    who: whoOf(from, message.from_user_id),
    name: contact?.profile?.name ?? null,
    messageId: message.id,
    type: message.type,
    text: message.text?.body ?? message.button?.text ?? choiceOf(message)?.title ?? media?.caption ?? null,
    mediaId: media?.id ?? null,
    repliesTo: message.context?.id ?? null,
    isStop: words.some(isStopWord),
    at,
  }
}

function statusChange(phoneNumberId: string, status: z.output<typeof Status>): WhatsappChange {
  return {
    kind: 'status',
    phoneNumberId,
    messageId: status.id,
    status: status.status === 'played' ? 'read' : status.status,
    callbackData: status.biz_opaque_callback_data ?? null,
    errorCode: status.errors?.[0]?.code ?? null,
    who: whoOf(status.recipient_id, status.recipient_user_id),
    pricing: status.pricing ?? null,
    at: fromSeconds(status.timestamp),
  }
}

function accountChanges(wabaId: string, value: Record<string, unknown>, at: Date): WhatsappChange[] {
  const template = TemplateEvent.safeParse(value)
  if (template.success) {
    const { event, message_template_name: name, message_template_language: language } = template.data
    const { reason = null } = template.data
    return [{ kind: 'template', wabaId, name, language, event, reason: reason === 'NONE' ? null : reason, at }]
  }
  const rewritten = RewrittenEvent.safeParse(value)
  if (rewritten.success) {
    const { message_template_name: name, message_template_language: language } = rewritten.data
    return [{ kind: 'rewritten', wabaId, name, language, body: rewritten.data.message_template_element, at }]
  }
  const quality = QualityEvent.safeParse(value)
  if (quality.success) {
    const { message_template_name: name, message_template_language: language, new_quality_score } = quality.data
    return [{ kind: 'quality', wabaId, name, language, quality: new_quality_score, at }]
  }
  const category = CategoryEvent.safeParse(value)
  if (category.success) {
    const { message_template_name: name, message_template_language: language, new_category } = category.data
    const nextCategory = category.data.correct_category ?? null
    const previousCategory = category.data.previous_category ?? null
    return [{ kind: 'category', wabaId, name, language, category: new_category, previousCategory, nextCategory, at }]
  }
  const limits = LimitsEvent.safeParse(value)
  if (limits.success) {
    return [{ kind: 'limits', wabaId, limit: limits.data.max_daily_conversations_per_business, at }]
  }
  const account = AccountEvent.safeParse(value)
  if (!account.success) return [{ kind: 'unread' }]
  return [
    { kind: 'account', wabaId, event: account.data.event, banState: account.data.ban_info?.waba_ban_state ?? null, at },
  ]
}

const choiceOf = ({ interactive }: z.output<typeof Message>) => interactive?.button_reply ?? interactive?.list_reply

const wordsOf = (message: z.output<typeof Message>): string[] =>
  [
    message.text?.body,
    message.button?.payload,
    message.button?.text,
    choiceOf(message)?.id,
    choiceOf(message)?.title,
  ].filter((word) => word !== undefined)

const whoOf = (waId: string | undefined, bsuid: string | undefined): Who => ({
  phone: waId === undefined ? null : e164(waId),
  bsuid: bsuid ?? null,
})

/** The readable ones of a list that should hold `item`s. */
const readable = <Item extends z.ZodType>(item: Item, list: unknown): z.output<Item>[] =>
  Array.isArray(list)
    ? list.flatMap((one) => {
        const parsed = item.safeParse(one)
        return parsed.success ? [parsed.data] : []
      })
    : []

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0)

/** The vendor leaves out the plus sign. */
const e164 = (waId: string) => (waId.startsWith('+') ? waId : `+${waId.trim()}`)

const fromSeconds = (seconds: number) => new Date(seconds * 1_000)
