import { schema } from '@pramaan/db'
import { DisableTotpInput } from '@pramaan/shared'
import { and, eq, isNotNull } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { findAccount, limitGuesses, passwordContextOf } from './own-account.ts'
import { passwordsOf } from './passwords.ts'
import { recordRefusal } from './record-refusal.ts'
import { deleteRecoveryCodes } from './recovery-codes.ts'
import { endSessions, Renewal, type Renewed, renewSession } from './renew-session.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { Factor, proveFactor, spendFactor } from './second-factor.ts'

const { users } = schema

/**
 * Turns TOTP off, with the password and a code (or a recovery code) in hand. The password must be good enough to stand
 * alone from now on. Staff have to set TOTP up again before they can do anything else. All other sessions end, and this
 * one gets a new id.
 *
 * @throws AppError `invalid_state` (it is off), `invalid_credentials`, `password_refused` (choose a longer one first),
 * `rate_limited`
 */
export const disableTotp = steps({
  name: 'totp.disable',
  input: DisableTotpInput,
  async run(ctx, { password, code }): Promise<Renewed> {
    const userId = userIdOf(ctx)
    await limitGuesses(ctx, userId)
    const account = await findAccount(ctx.db.read, userId)
    if (account.totpConfirmedAt === null) throw isOff()
    const inner = { ...ctx, idempotency: undefined }
    const isRight = await passwordsOf(ctx).verify(account.passwordHash, password)
    const factor = isRight && (await proveFactor(ctx, account, code))
    if (!factor) {
      await recordRefusal(inner, {
        action: 'totp_disabling.refused',
        reason: isRight ? 'wrong_code' : 'wrong_password',
      })
      throw refused()
    }
    requireGoodPassword(password, false, await passwordContextOf(ctx, account))
    const { renewed } = await renewSession(ctx, 'others', (renewal) =>
      turnOff(inner, { renewal, factor, addressId: addressId(account.emailHash) }),
    )
    return renewed
  },
})

const turnOff = command({
  name: 'totp.disable',
  input: z.strictObject({
    renewal: Renewal,
    factor: Factor,
    addressId: z.string(),
  }),
  async run(ctx, { renewal, factor, addressId: addressHash }) {
    const userId = userIdOf(ctx)
    await endSessions(ctx.tx, userId, 'others', renewal, ctx.now())
    if (!(await spendFactor(ctx.tx, userId, factor, ctx.now()))) throw refused()
    const [user] = await ctx.tx
      .update(users)
      .set({ totpSecret: null, totpEnrolledAt: null, totpConfirmedAt: null, totpLastStep: null })
      .where(and(eq(users.id, userId), isNotNull(users.totpConfirmedAt)))
      .returning({ id: users.id })
    if (!user) throw isOff()
    await deleteRecoveryCodes(ctx.tx, userId)
    return {
      output: null,
      audit: { action: 'totp.disabled', objectType: 'user', objectId: userId },
      jobs: [sendMailJob.with({ kind: 'totp_disabled', addressHash, mailId: ctx.newId() })],
    }
  },
})

const isOff = () => new AppError('invalid_state', 'No second factor is on.')

const refused = () =>
  new AppError('invalid_credentials', 'This password and code do not fit, or the code was used already.')
