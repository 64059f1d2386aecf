import { type Ctx, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { type Account, findAccount, limitGuesses } from './own-account.ts'
import { passwordsOf } from './passwords.ts'
import { recordRefusal } from './record-refusal.ts'

/**
 * For what the caller must prove with their present password, over and above being signed in. A wrong one stands in the
 * audit log under `refusal`.
 *
 * @throws AppError `invalid_credentials`, `rate_limited`
 */
export async function requireOwnPassword(ctx: Ctx, password: string, refusal: string): Promise<Account> {
  const userId = userIdOf(ctx)
  await limitGuesses(ctx, userId)
  const account = await findAccount(ctx.db.read, userId)
  if (await passwordsOf(ctx).verify(account.passwordHash, password)) return account
  await recordRefusal({ ...ctx, idempotency: undefined }, { action: refusal, reason: 'wrong_password' })
  throw new AppError('invalid_credentials', 'This is not your present password. Check it and try again.')
}
