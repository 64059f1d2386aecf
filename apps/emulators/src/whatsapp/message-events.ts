import { type KnownCode, statusError } from './graph-error.ts'
import type { Meta } from './meta.ts'
import { priceMessage } from './pricing.ts'
import type { Ladder, Message, PhoneNumber, User } from './state.ts'
import { moveUser, userOf } from './users.ts'

type Step = 'sent' | 'delivered' | 'read' | 'failed'

/** By the clock after acceptance. Where everything flows by itself a message is read within a second. */
const DELAYS_MS = {
  auto: { sent: 200, delivered: 500, read: 900, failed: 500 },
  driven: { sent: 1_000, delivered: 3_000, read: 10_000, failed: 3_000 },
}

const LADDERS: Record<Ladder, Step[]> = {
  full: ['sent', 'delivered', 'read'],
  read_without_delivered: ['sent', 'read'],
  delivered_after_read: ['sent', 'read', 'delivered'],
  failed_after_sent: ['sent', 'failed'],
  silent: [],
}

const UNDELIVERABLE: KnownCode = 131026

/** Makes those statuses of a message due that it has not had yet. */
export function scheduleStatuses(meta: Meta, number: PhoneNumber, message: Message): void {
  const delays = meta.options.auto ? DELAYS_MS.auto : DELAYS_MS.driven
  const ladder: Step[] = message.refusal === null ? LADDERS[number.ladder] : ['failed']
  const priced = ladder.find((step) => step === 'delivered') ?? ladder.find((step) => step === 'read')
  const done = message.status === 'failed' ? ladder.length : (ladder as string[]).indexOf(message.status)
  for (const [index, step] of ladder.entries()) {
    if (index <= done) continue
    const late = step === 'delivered' && ladder[index - 1] === 'read'
    const delayMs = late ? delays.read + 100 : delays[step]
    meta.clock.schedule(message.accountId, delayMs, () =>
      tellStatus(meta, number, message, step, {
        priced: step === priced,
        code: (message.refusal ?? UNDELIVERABLE) as KnownCode,
      }),
    )
  }
}

interface StatusFacts {
  priced: boolean
  code: KnownCode
}

function tellStatus(meta: Meta, number: PhoneNumber, message: Message, status: Step, facts: StatusFacts): void {
  const now = meta.clock.now(message.accountId)
  if (!(message.status === 'read' && status === 'delivered')) message.status = status
  const user = userOf(meta, message.accountId, message.person)
  const failed = status === 'failed'
  const item = {
    id: message.id,
    status,
    timestamp: seconds(now),
    ...(!user.hidePhone && { recipient_id: user.phone }),
    ...((!failed || message.byBsuid) && { recipient_user_id: user.bsuid }),
    ...(failed && { errors: [statusError(facts.code)] }),
    ...(message.callbackData !== null && { biz_opaque_callback_data: message.callbackData }),
    ...(facts.priced && { pricing: priceMessage(number, message, now) }),
  }
  const contacts = failed ? {} : { contacts: [contactOf(user)] }
  tell(meta, number, 'messages', { ...contacts, statuses: [item] }, status)
}

/** What a person does, as it reaches the business. */
type Utterance = { text: string } | { button: { text: string; payload: string }; replyTo: string }

/** A message from a person: opens the 24 hour window, and comes as a webhook. @returns its id */
export function receiveMessage(meta: Meta, number: PhoneNumber, user: User, utterance: Utterance): string {
  const now = meta.clock.now(number.accountId)
  user.lastInbound[number.id] = now
  const id = meta.ids.message(user.phone)
  const content =
    'text' in utterance
      ? { type: 'text', text: { body: utterance.text } }
      : { type: 'button', context: { from: number.display, id: utterance.replyTo }, button: utterance.button }
  const message = {
    ...(!user.hidePhone && { from: user.phone }),
    from_user_id: user.bsuid,
    id,
    timestamp: seconds(now),
    ...content,
  }
  keepMessage(meta, {
    id,
    accountId: number.accountId,
    numberId: number.id,
    person: user.phone,
    direction: 'in',
    text: 'text' in utterance ? utterance.text : utterance.button.text,
    buttons: [],
    category: 'SERVICE',
    callbackData: null,
    byBsuid: false,
    inWindow: true,
    refusal: null,
    status: 'received',
    at: now,
    receivedAt: Date.now(),
  })
  tell(meta, number, 'messages', { contacts: [contactOf(user)], messages: [message] })
  return id
}

/** The person takes another number, and with it another id; who they are is told under the old one. */
export function changeNumber(meta: Meta, number: PhoneNumber, user: User, newPhone: string): void {
  const { phone: from, name } = user
  const text = `User ${name} changed from ${from} to ${newPhone}`
  const system = { body: text, wa_id: newPhone, type: 'user_changed_number' }
  const timestamp = seconds(meta.clock.now(number.accountId))
  const message = { from, id: meta.ids.message(from), timestamp, type: 'system', system }
  moveUser(meta, user, newPhone)
  tell(meta, number, 'messages', { messages: [message] })
}

/** The person stops marketing messages of this business, or allows them again, in WhatsApp itself. */
export function setPreference(meta: Meta, number: PhoneNumber, user: User, value: 'stop' | 'resume'): void {
  user.marketingStopped = value === 'stop'
  const preference = {
    ...(!user.hidePhone && { wa_id: user.phone }),
    detail: `User requested to ${value} marketing messages`,
    category: 'marketing_messages',
    value,
    // A number here, text everywhere else.
    timestamp: Math.floor(meta.clock.now(number.accountId) / 1_000),
  }
  const { user_id: _, ...contact } = contactOf(user)
  tell(meta, number, 'user_preferences', { contacts: [contact], user_preferences: [preference] })
}

function tell(meta: Meta, number: PhoneNumber, field: string, content: object, status?: string): void {
  if (!meta.state.accounts.get(number.accountId)?.subscribed) return
  const metadata = { display_phone_number: number.display, phone_number_id: number.id }
  meta.webhooks.enqueue(number.accountId, {
    field,
    value: { messaging_product: 'whatsapp', metadata, ...content },
    numberId: number.id,
    ...(status !== undefined && { status }),
  })
}

const seconds = (milliseconds: number) => String(Math.floor(milliseconds / 1_000))

const contactOf = (user: User) => ({
  profile: { name: user.name, ...(user.username !== null && { username: user.username }) },
  ...(!user.hidePhone && { wa_id: user.phone }),
  user_id: user.bsuid,
})

const MAX_MESSAGES = 50_000

export function keepMessage(meta: Meta, message: Message): void {
  meta.state.messages.push(message)
  if (meta.state.messages.length > MAX_MESSAGES) meta.state.messages.splice(0, MAX_MESSAGES / 10)
}
