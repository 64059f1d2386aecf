import { createHash, createHmac } from 'node:crypto'
import type { Keys } from '../platform/crypto.ts'

/**
 * The token of a mail: 256 bits that nobody can guess without our keys, and that come out the same when the mail's job
 * runs twice. So a mail that went out twice holds one link, and the token itself is stored nowhere.
 */
export const emailTokenOf = (keys: Keys, mailId: string): string =>
  createHmac('sha256', keys.derive('email-token')).update(mailId).digest('base64url')

/** What is stored of it. */
export const emailTokenHash = (token: string): Buffer => createHash('sha256').update(token).digest()
