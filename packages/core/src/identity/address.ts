import type { Ctx } from '../platform/context.ts'
import type { Keys } from '../platform/crypto.ts'
import { AppError } from '../platform/errors.ts'

const MAILS_PER_MINUTE = 3

/** The keyed hash under which an address is looked up; `email` is trimmed and in lower case already. */
export const hashAddress = (keys: Keys, email: string): Buffer => keys.lookupHash('email', email)

/** The text form of an address hash, for jobs, limits and the audit log. */
export const addressId = (addressHash: Buffer): string => addressHash.toString('base64url')

/**
 * Keeps strangers from flooding a mailbox through us. Counts by address, known or not, so that the refusal tells nothing.
 *
 * @throws AppError `rate_limited`
 */
export async function limitMails(ctx: Ctx, addressHash: Buffer): Promise<void> {
  const { allowed } = await ctx.limiter.take(`mail:${addressId(addressHash)}`, MAILS_PER_MINUTE)
  if (!allowed) {
    throw new AppError('rate_limited', 'We have just sent mails to this address. Look there, or try again in a minute.')
  }
}
