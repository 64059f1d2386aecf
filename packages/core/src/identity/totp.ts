import { randomBytes, timingSafeEqual } from 'node:crypto'
import { base32 } from 'oslo/encoding'
import { createTOTPKeyURI, generateHOTP } from 'oslo/otp'
import type { Ctx } from '../platform/context.ts'
import type { DataKey, Keys } from '../platform/crypto.ts'
import { stepsAt, TOTP_DIGITS, totpDigits } from './rules/totp.ts'

/** 160 bits, as RFC 4226 recommends in section 4. */
const SECRET_BYTES = 20
const ISSUER = 'Pramaan'

export const newTotpSecret = (): string => base32.encode(randomBytes(SECRET_BYTES), { includePadding: false })

/** What a QR code holds for an authenticator app. */
export const totpUri = (secret: string, email: string): string => createTOTPKeyURI(ISSUER, email, bytesOf(secret))

const bytesOf = (secret: string) => base32.decode(secret, { strict: false })

/** The code of one step. Oslo's own controller knows only the present step and no clock but the machine's. */
export const totpCode = (secret: string, step: number): Promise<string> =>
  generateHOTP(bytesOf(secret), step, TOTP_DIGITS)

/** The step of which `typed` is the code: the present one or one beside it; null when it is of none. */
export async function stepOfCode(secret: string, typed: string, now: Date): Promise<number | null> {
  const digits = totpDigits(typed)
  if (digits === null) return null
  let found: number | null = null
  // All are compared, whichever fits.
  for (const step of stepsAt(now)) {
    const code = await totpCode(secret, step)
    if (timingSafeEqual(Buffer.from(code), Buffer.from(digits))) found ??= step
  }
  return found
}

const placeOf = (userId: string) => ({ table: 'users', column: 'totp_secret', rowId: userId })

/** The secret as it is stored: encrypted under the person's own data key. */
export const sealTotpSecret = (keys: Keys, key: DataKey, userId: string, secret: string): Buffer =>
  keys.seal(key, placeOf(userId), secret)

export const openTotpSecret = (ctx: Pick<Ctx, 'keys' | 'db'>, userId: string, sealed: Buffer): Promise<string> =>
  ctx.keys.open(ctx.db.read, userId, placeOf(userId), sealed)
