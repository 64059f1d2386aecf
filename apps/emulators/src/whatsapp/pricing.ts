import type { Message, PhoneNumber } from './state.ts'

/** Since then utility messages inside the window are charged, and service messages beyond the free ones. */
const NEW_RULES_FROM = Date.UTC(2026, 9, 1)
const FREE_SERVICE_MESSAGES = 1_000

/**
 * The `pricing` object of a delivered message; counts service messages against the free ones of the month.
 * Source: Meta, pricing page (11 September 2026) and status reference (14 September 2026).
 */
export function priceMessage(number: PhoneNumber, message: Message, now: number) {
  const free = now < NEW_RULES_FROM ? freeBefore(message) : freeAfter(number, message, now)
  return {
    billable: !free,
    pricing_model: 'PMP',
    type: free ? 'free_customer_service' : 'regular',
    category: message.category.toLowerCase(),
  }
}

const freeBefore = (message: Message) =>
  message.category === 'SERVICE' || (message.category === 'UTILITY' && message.inWindow)

function freeAfter(number: PhoneNumber, message: Message, now: number): boolean {
  if (message.category !== 'SERVICE') return false
  const month = new Date(now).toISOString().slice(0, 7)
  const count = (number.serviceMessages[month] ?? 0) + 1
  number.serviceMessages[month] = count
  return count <= FREE_SERVICE_MESSAGES
}
