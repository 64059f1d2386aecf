import { createHash, timingSafeEqual } from 'node:crypto'

/** Which installation a key belongs to stands in the key, so that a test key never ends up in a live program unseen. */
export type KeyEnvironment = 'live' | 'test'

/** `prm_<env>_<id>_<secret>`: the id is the UUID in 32 hex digits, the secret 256 random bits in base64url. */
const FORM =
  /^(prm_(?:live|test)_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12}))_([A-Za-z0-9_-]{43})$/

/** The part of a key that is no secret; it may stand in lists and logs. */
export const prefixOf = (environment: KeyEnvironment, id: string): string =>
  `prm_${environment}_${id.replaceAll('-', '')}`

/** Reads a key as a caller sends it; null for what is not of our form. */
export function readKey(key: string): { id: string; prefix: string; secretHash: Buffer } | null {
  const [, prefix, a, b, c, d, e, secret] = FORM.exec(key) ?? []
  if (prefix === undefined || secret === undefined) return null
  return { id: [a, b, c, d, e].join('-'), prefix, secretHash: hashSecret(secret) }
}

/** A fast hash is enough for 256 random bits: there is nothing to guess. The text is hashed, so one key has one spelling. */
export const hashSecret = (secret: string) => createHash('sha256').update(secret).digest()

const NOBODYS = Buffer.alloc(32)

/** What is known about a key, as far as it decides whether a secret opens it. */
export interface KeyFacts {
  prefix: string
  secretHash: Buffer
  previousHash: Buffer | null
  previousUntil: Date | null
  expiresAt: Date | null
  revokedAt: Date | null
}

/**
 * Whether a presented key is valid now. Both hashes are compared in constant time, and as well where there is no such
 * key or no earlier secret.
 */
export function opens(presented: { prefix: string; secretHash: Buffer }, known: KeyFacts | null, now: Date): boolean {
  const isCurrent = timingSafeEqual(presented.secretHash, known?.secretHash ?? NOBODYS)
  const isPrevious = timingSafeEqual(presented.secretHash, known?.previousHash ?? NOBODYS)
  if (!known || known.prefix !== presented.prefix || known.revokedAt !== null) return false
  if (known.expiresAt !== null && known.expiresAt <= now) return false
  return isCurrent || (isPrevious && known.previousUntil !== null && known.previousUntil > now)
}
