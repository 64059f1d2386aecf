import { z } from 'zod'
import { isStopWord } from './stop-words.ts'

/** What a webhook told us, as far as it means something to us. `at` is the vendor's time of the thing itself. */
export type WhatsappChange =
  | {
      kind: 'status'
      phoneNumberId: string
      messageId: string
      status: 'sent' | 'delivered' | 'read' | 'failed'
      callbackData: string | null
      errorCode: number | null
      at: Date
    }
  | { kind: 'preference'; phoneNumberId: string; phone: string; wants: 'stop' | 'resume'; at: Date }
  | { kind: 'stop_word'; phoneNumberId: string; phone: string | null; repliesTo: string | null; at: Date }
  | { kind: 'template'; wabaId: string; name: string; language: string; event: string; at: Date }
  | { kind: 'account'; wabaId: string; event: string; banState: string | null; at: Date }
  /** Something about a number that we only keep: other messages, account notices, fields of the future. */
  | { kind: 'other'; phoneNumberId: string }

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
  biz_opaque_callback_data: z.string().optional(),
  errors: z.array(z.object({ code: z.int() })).optional(),
})
const Preference = z.object({
  wa_id: z.string(),
  category: z.literal('marketing_messages'),
  value: z.enum(['stop', 'resume']),
  timestamp: Seconds,
})
const Message = z.object({
  from: z.string().optional(),
  timestamp: Seconds,
  context: z.object({ id: z.string().optional() }).optional(),
  text: z.object({ body: z.string() }).optional(),
  button: z.object({ payload: z.string().optional(), text: z.string().optional() }).optional(),
  interactive: z
    .object({ button_reply: z.object({ id: z.string().optional(), title: z.string().optional() }).optional() })
    .optional(),
})
const TemplateEvent = z.object({
  event: z.string(),
  message_template_name: z.string(),
  message_template_language: z.string(),
})
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
  const changes: WhatsappChange[] = [
    ...readAll(Status, value.statuses).map((one) => statusChange(phoneNumberId, one)),
    ...readAll(Preference, value.user_preferences).map((one) => ({
      kind: 'preference' as const,
      phoneNumberId,
      phone: e164(one.wa_id),
      wants: one.value,
      at: fromSeconds(one.timestamp),
    })),
    ...readAll(Message, value.messages)
      .filter((message) => wordsOf(message).some(isStopWord))
      .map((message) => ({
        kind: 'stop_word' as const,
        phoneNumberId,
        phone: message.from === undefined ? null : e164(message.from),
        repliesTo: message.context?.id ?? null,
        at: fromSeconds(message.timestamp),
      })),
  ]
  return changes.length > 0 ? changes : [{ kind: 'other', phoneNumberId }]
}

function statusChange(phoneNumberId: string, status: z.output<typeof Status>): WhatsappChange {
  return {
    kind: 'status',
    phoneNumberId,
    messageId: status.id,
    status: status.status === 'played' ? 'read' : status.status,
    callbackData: status.biz_opaque_callback_data ?? null,
    errorCode: status.errors?.[0]?.code ?? null,
    at: fromSeconds(status.timestamp),
  }
}

function accountChanges(wabaId: string, value: Record<string, unknown>, at: Date): WhatsappChange[] {
  const template = TemplateEvent.safeParse(value)
  if (template.success) {
    const { event, message_template_name: name, message_template_language: language } = template.data
    return [{ kind: 'template', wabaId, name, language, event, at }]
  }
  const account = AccountEvent.safeParse(value)
  if (!account.success) return []
  return [
    { kind: 'account', wabaId, event: account.data.event, banState: account.data.ban_info?.waba_ban_state ?? null, at },
  ]
}

const wordsOf = ({ text, button, interactive }: z.output<typeof Message>): string[] =>
  [text?.body, button?.payload, button?.text, interactive?.button_reply?.id, interactive?.button_reply?.title].filter(
    (word) => word !== undefined,
  )

/** The readable ones of a list that should hold `item`s. */
const readAll = <Item extends z.ZodType>(item: Item, list: unknown): z.output<Item>[] =>
  Array.isArray(list)
    ? list.flatMap((one) => {
        const parsed = item.safeParse(one)
        return parsed.success ? [parsed.data] : []
      })
    : []

/** The vendor leaves out the plus sign. */
const e164 = (waId: string) => (waId.startsWith('+') ? waId : `+${waId}`)

const fromSeconds = (seconds: number) => new Date(seconds * 1_000)
