import type { Ctx } from '../platform/context.ts'
import type { Keys } from '../platform/crypto.ts'
import { AppError } from '../platform/errors.ts'
import { placeHash } from '../platform/place.ts'

/** Mails a minute to one address. */
const MAILS_PER_ADDRESS = 3
/** Mails a minute that are asked for from one place, to whatever addresses. */
const MAILS_PER_PLACE = 30

/** The keyed hash under which an address is looked up; `email` is trimmed and in lower case already. */
export const hashAddress = (keys: Keys, email: string): Buffer => keys.lookupHash('email', email)

/** The text form of an address hash, for jobs, limits and the audit log. */
export const addressId = (addressHash: Buffer): string => addressHash.toString('base64url')

/**
 * Keeps strangers from flooding a mailbox through us, and from writing to the mailboxes of many. Counts by address, known
 * or not, and by place, so that the refusal tells nothing.
 *
 * @throws AppError `rate_limited`
 */
export async function limitMails(ctx: Ctx, addressHash: Buffer): Promise<void> {
  const [toAddress, fromPlace] = await Promise.all([
    ctx.limiter.take(`mail:${addressId(addressHash)}`, MAILS_PER_ADDRESS),
    ctx.limiter.take(`mails-from:${placeHash(ctx).toString('base64url')}`, MAILS_PER_PLACE),
  ])
  if (!fromPlace.allowed) {
    throw new AppError(
      'rate_limited',
      'Too many mails were asked for from your address. Wait a minute, then try again.',
    )
  }
  if (!toAddress.allowed) {
    throw new AppError('rate_limited', 'We have just sent mails to this address. Look there, or try again in a minute.')
  }
}
