import type { Keys } from '../platform/crypto.ts'

/**
 * The keyed look-up of a message by WhatsApp's id. The id itself (`wamid.`) is not kept: behind its prefix stands the
 * phone of the recipient in base64, and an append-only log that held it could never forget the person.
 */
export const messageRef = (keys: Keys, messageId: string): string =>
  keys.lookupHash('whatsapp.message', messageId).toString('base64url')
