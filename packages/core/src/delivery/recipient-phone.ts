import type { Keys } from '../platform/crypto.ts'

/** The keyed look-up of a phone within an advisor; `phone` in E.164. */
export const phoneHash = (keys: Keys, advisorId: string, phone: string): Buffer =>
  keys.lookupHash('recipient.phone', `${advisorId}\n${phone}`)
