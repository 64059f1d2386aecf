import { createHash, createHmac } from 'node:crypto'
import type { Keys } from '../platform/crypto.ts'

const FAMILY_LIFETIME_MS = 30 * 24 * 3600 * 1000

/** When all refresh tokens of one sign-in end, however often they were changed. */
export const familyExpiry = (startedAt: Date): Date => new Date(startedAt.getTime() + FAMILY_LIFETIME_MS)

/** What is stored of a refresh token. */
export const refreshTokenHash = (token: string): Buffer => createHash('sha256').update(token).digest()

/**
 * The token that follows a token. It can be worked out again from the one presented, so that two honest requests at
 * once get the same successor although no token is stored.
 */
export const successorOf = (keys: Keys, token: string): string =>
  createHmac('sha256', keys.derive('refresh-token')).update(token).digest('base64url')
