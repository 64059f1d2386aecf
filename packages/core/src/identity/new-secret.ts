import { randomBytes } from 'node:crypto'
import { hashSecret } from './rules/api-key.ts'

const SECRET_BYTES = 32

/** A key with a new secret of 256 random bits, and what is kept of it. */
export function newSecret(prefix: string): { key: string; secretHash: Buffer } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { key: `${prefix}_${secret}`, secretHash: hashSecret(secret) }
}
