import { bsuid } from './ids.ts'
import type { Meta } from './meta.ts'
import { type PhoneNumber, type User, WINDOW_MS } from './state.ts'

/** Numbers that end so have no WhatsApp. */
const NOT_ON_WHATSAPP = /0000$/

/** Country, a point, perhaps the parent's mark, and up to 128 letters and digits. */
export const BSUID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/

/** The digits of a phone number, or null for what cannot be one. */
export function phoneDigits(text: string): string | null {
  const digits = text.replace(/^\+|[\s()-]/g, '')
  return /^[1-9]\d{6,14}$/.test(digits) ? digits : null
}

/** A person as an account sees them, by phone number or by business-scoped id; a phone number is made at first sight. */
export function userOf(meta: Meta, accountId: string, person: string): User {
  if (BSUID.test(person)) return userByBsuid(meta, accountId, person)
  const key = `${accountId}/${person}`
  const found = meta.state.users.get(key)
  if (found) return found
  const id = bsuid(meta.state.accounts.get(accountId)?.businessId ?? accountId, person)
  const user = {
    ...stranger(accountId, id),
    phone: person,
    hidePhone: false,
    onWhatsapp: !NOT_ON_WHATSAPP.test(person),
  }
  meta.state.users.set(key, user)
  return user
}

/** Puts a person under another number. The id that a business sees belongs to the number, so it changes too. */
export function moveUser(meta: Meta, user: User, phone: string): void {
  const { accountId } = user
  meta.state.users.delete(`${accountId}/${user.phone}`)
  const id = bsuid(meta.state.accounts.get(accountId)?.businessId ?? accountId, phone)
  Object.assign(user, { phone, bsuid: id, lastInbound: {} })
  meta.state.users.set(`${accountId}/${phone}`, user)
}

/** Nobody has an id that this business never met: messages to it can be accepted and not delivered. */
function userByBsuid(meta: Meta, accountId: string, id: string): User {
  for (const user of meta.state.users.values()) {
    if (user.accountId === accountId && user.bsuid === id) return user
  }
  return stranger(accountId, id)
}

const stranger = (accountId: string, id: string): User => ({
  accountId,
  phone: '',
  bsuid: id,
  name: `Person ${id.slice(-4)}`,
  username: null,
  hidePhone: true,
  onWhatsapp: false,
  marketingStopped: false,
  marketingCapped: false,
  lastInbound: {},
})

/** Whether the 24 hours after the person's last message to this number still run. */
export function inWindow(user: User, number: PhoneNumber, now: number): boolean {
  return (user.lastInbound[number.id] ?? Number.NEGATIVE_INFINITY) > now - WINDOW_MS
}
