import { timingSafeEqual } from 'node:crypto'
import { NotificationChoices } from '@pramaan/shared'
import type { Keys } from '../platform/crypto.ts'
import type { NotificationChoice } from './rules/notification.ts'

const Choice = NotificationChoices.keyof()

/**
 * The token of an unsubscribe link: who, which mails, and a keyed hash of both. It never ends, as a mail may be read
 * years later, and it can do nothing but turn that one kind of mail off.
 */
export const unsubscribeToken = (keys: Keys, userId: string, choice: NotificationChoice): string =>
  `${userId}.${choice}.${seal(keys, userId, choice).toString('base64url')}`

/** What a token says; null for one that is not ours. */
export function readUnsubscribeToken(keys: Keys, token: string): { userId: string; choice: NotificationChoice } | null {
  const [userId = '', name, mac = ''] = token.split('.')
  const choice = Choice.safeParse(name)
  if (!choice.success) return null
  const [given, expected] = [Buffer.from(mac, 'base64url'), seal(keys, userId, choice.data)]
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  return { userId, choice: choice.data }
}

const seal = (keys: Keys, userId: string, choice: NotificationChoice): Buffer =>
  keys.lookupHash('unsubscribe', `${userId}.${choice}`)
