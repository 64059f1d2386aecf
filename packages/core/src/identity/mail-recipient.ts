import type { Keys } from '../platform/crypto.ts'

const placeOf = (mailId: string) => ({ table: 'jobs', column: 'recipient', rowId: mailId })

/** An address that a job has to carry because the account does not know it any more. */
export const sealRecipient = (keys: Keys, mailId: string, email: string): string =>
  keys.sealBriefly(placeOf(mailId), email).toString('base64url')

/** @throws Error when it was altered or belongs to another mail */
export const openRecipient = (keys: Keys, mailId: string, sealed: string): string =>
  keys.openBriefly(placeOf(mailId), Buffer.from(sealed, 'base64url'))
