import { type Filled, fillTemplate } from './fill-template.ts'
import { invalid, type KnownCode, known } from './graph-error.ts'
import { type MessageInput, parseMessagesCall } from './message-body.ts'
import { keepMessage, scheduleStatuses } from './message-events.ts'
import type { Meta } from './meta.ts'
import { type Message, type PhoneNumber, type Template, type TemplateCategory, type User, WINDOW_MS } from './state.ts'
import { inWindow, phoneDigits, userOf } from './users.ts'

const PAIR_REFILL_MS = 6_000
const PAIR_BURST = 45
const SECOND_MS = 1_000

/**
 * POST /{PN}/messages. The checks come in Meta's order: registration, payment, body, recipient, window, template,
 * parameters, rates. An answer of 200 says accepted, not sent, and two equal calls send two messages.
 * Source: Meta, send messages and error codes (2026).
 */
export function callMessages(meta: Meta, number: PhoneNumber, body: unknown) {
  if (!number.registered) throw known(133010)
  if (number.paymentMissing) throw known(131042)
  const call = parseMessagesCall(body)
  if ('read' in call) return markRead(meta, number, call.read)
  return send(meta, number, call.send)
}

function markRead(meta: Meta, number: PhoneNumber, id: string): { success: true } {
  const message = meta.state.messages.find((each) => each.id === id && each.numberId === number.id)
  if (message?.direction !== 'in') throw invalid(`There is no inbound message ${id} to this number.`)
  return { success: true }
}

function send(meta: Meta, number: PhoneNumber, input: MessageInput) {
  const now = meta.clock.now(number.accountId)
  const user = recipientOf(meta, number, input)
  const open = inWindow(user, number, now)
  const windowClosed = input.type === 'text' && !open
  if (windowClosed && number.windowErrors === 'sync' && user.onWhatsapp) throw known(131047)
  const template = input.type === 'template' ? usableTemplate(meta, number, input) : null
  const shown: Filled = template && input.type === 'template' ? fillTemplate(template, input.template) : plain(input)
  const person = user.phone || user.bsuid
  takeRates(number, person, now)
  if (!open) reachPerson(meta, number.accountId, person, now)

  const message: Message = {
    id: meta.ids.message(person),
    accountId: number.accountId,
    numberId: number.id,
    person,
    direction: 'out',
    text: shown.text,
    buttons: shown.buttons,
    category: template?.category ?? 'SERVICE',
    callbackData: input.biz_opaque_callback_data ?? null,
    byBsuid: input.to === undefined,
    inWindow: open,
    refusal: laterRefusal(user, template?.category ?? null, windowClosed),
    status: 'accepted',
    at: now,
    receivedAt: Date.now(),
  }
  keepMessage(meta, message)
  scheduleStatuses(meta, number, message)
  return answerTo(input, user, message, template !== null)
}

/** The person a message goes to: a phone number wins over an id. */
function recipientOf(meta: Meta, number: PhoneNumber, input: MessageInput): User {
  if (input.to === undefined) return userOf(meta, number.accountId, input.recipient ?? '')
  const phone = phoneDigits(input.to)
  if (phone === null) throw known(131009, 'Parameter to is not a phone number.')
  return userOf(meta, number.accountId, phone)
}

function usableTemplate(meta: Meta, number: PhoneNumber, input: MessageInput & { type: 'template' }): Template {
  const { name, language } = input.template
  const template = [...meta.state.templates.values()].find(
    (each) => each.accountId === number.accountId && each.name === name && each.language === language.code,
  )
  if (!template) throw known(132001, `template name (${name}) does not exist in ${language.code}`)
  if (template.status === 'PAUSED') throw known(132015)
  if (template.status === 'DISABLED') throw known(132016)
  if (template.status !== 'APPROVED') throw known(132001, `template name (${name}) is not approved in ${language.code}`)
  return template
}

const plain = (input: MessageInput): Filled => ({ text: input.type === 'text' ? input.text.body : '', buttons: [] })

/** One message to a person every six seconds, with up to 45 ahead of time; then so many a second over all. */
function takeRates(number: PhoneNumber, person: string, now: number): void {
  const recent = (number.sends[person] ?? []).filter((at) => at > now - PAIR_BURST * PAIR_REFILL_MS)
  if (recent.length >= PAIR_BURST) throw known(131056)
  const lastSecond = number.lastSends.filter((at) => at > now - SECOND_MS)
  if (number.throughput !== null && lastSecond.length >= number.throughput) throw known(130429)
  number.sends[person] = [...recent, now]
  number.lastSends = number.throughput === null ? [] : [...lastSecond, now]
}

/**
 * Counts who is reached outside of a conversation, over all numbers of the portfolio. Meta names no single code for what
 * is over the limit (whatsapp.md section 9); this is that of a spam limit.
 */
function reachPerson(meta: Meta, accountId: string, person: string, now: number): void {
  const account = meta.state.accounts.get(accountId)
  if (!account) return
  const since = now - WINDOW_MS
  const isNew = (account.reached[person] ?? 0) <= since
  if (isNew && account.dailyPeople !== null) {
    const recent = Object.values(account.reached).filter((at) => at > since)
    if (recent.length >= account.dailyPeople) throw known(131048)
  }
  account.reached[person] = now
}

/** Why an accepted message fails later; null when it will not. */
function laterRefusal(user: User, category: TemplateCategory | null, windowClosed: boolean): KnownCode | null {
  if (!user.onWhatsapp) return 131026
  if (windowClosed) return 131047
  if (category !== 'MARKETING') return null
  if (user.marketingStopped) return 131050
  return user.marketingCapped ? 131049 : null
}

function answerTo(input: MessageInput, user: User, message: Message, isTemplate: boolean) {
  const contact = input.to === undefined ? { user_id: input.recipient } : { wa_id: user.phone }
  return {
    messaging_product: 'whatsapp',
    contacts: [{ input: input.to ?? input.recipient, ...contact }],
    messages: [{ id: message.id, ...(isTemplate && { message_status: 'accepted' }) }],
  }
}
