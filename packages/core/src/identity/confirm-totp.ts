import { schema } from '@pramaan/db'
import { ConfirmTotpInput } from '@pramaan/shared'
import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { findAccount, limitGuesses } from './own-account.ts'
import { recordRefusal } from './record-refusal.ts'
import { newRecoveryCodes, replaceRecoveryCodes } from './recovery-codes.ts'
import { endSessions, Renewal, type Renewed, renewSession } from './renew-session.ts'
import { openTotpSecret, stepOfCode } from './totp.ts'

const { users } = schema

/** A secret that was shown and not confirmed for so long may have been seen by others. */
const ENROLMENT_MS = 15 * 60 * 1000

/**
 * Turns TOTP on, with a first code as proof that the authenticator works. Answers with the recovery codes, which nobody
 * can see again. All other sessions of the person end, and this one gets a new id.
 *
 * @throws AppError `invalid_state` (nothing was begun, or too long ago), `invalid_credentials`, `rate_limited`
 */
export const confirmTotp = steps({
  name: 'totp.confirm',
  input: ConfirmTotpInput,
  async run(ctx, { code }): Promise<Renewed & { recoveryCodes: string[] }> {
    const userId = userIdOf(ctx)
    await limitGuesses(ctx, userId)
    const { totpSecret, totpEnrolledAt, totpConfirmedAt, emailHash } = await findAccount(ctx.db.read, userId)
    const isOpen = totpEnrolledAt !== null && ctx.now().getTime() - totpEnrolledAt.getTime() < ENROLMENT_MS
    if (totpSecret === null || totpConfirmedAt !== null || !isOpen) throw nothingBegun()
    const step = await stepOfCode(await openTotpSecret(ctx, userId, totpSecret), code, ctx.now())
    const inner = { ...ctx, idempotency: undefined }
    if (step === null) {
      await recordRefusal(inner, { action: 'totp_confirmation.refused', reason: 'wrong_code' })
      throw new AppError('invalid_credentials', 'This code is wrong. Check that the clock of your device is right.')
    }
    const recoveryCodes = newRecoveryCodes()
    const { renewed } = await renewSession(ctx, 'others', (renewal) =>
      turnOn(inner, {
        renewal,
        step,
        recoveryCodes,
        sealedSecret: totpSecret.toString('base64'),
        addressId: addressId(emailHash),
      }),
    )
    return { ...renewed, recoveryCodes }
  },
})

const turnOn = command({
  name: 'totp.confirm',
  input: z.strictObject({
    renewal: Renewal,
    step: z.int(),
    recoveryCodes: z.array(z.string()),
    sealedSecret: z.string(),
    addressId: z.string(),
  }),
  async run(ctx, { renewal, step, recoveryCodes, sealedSecret, addressId: addressHash }) {
    const userId = userIdOf(ctx)
    const now = ctx.now()
    await endSessions(ctx.tx, userId, 'others', renewal, now)
    const isSameSecret = eq(users.totpSecret, Buffer.from(sealedSecret, 'base64'))
    const [user] = await ctx.tx
      .update(users)
      .set({ totpConfirmedAt: now, totpLastStep: step })
      .where(and(eq(users.id, userId), isNull(users.totpConfirmedAt), isSameSecret))
      .returning({ id: users.id })
    if (!user) throw nothingBegun()
    await replaceRecoveryCodes(ctx.tx, ctx.keys, userId, recoveryCodes)
    return {
      output: null,
      audit: { action: 'totp.enabled', objectType: 'user', objectId: userId },
      jobs: [sendMailJob.with({ kind: 'totp_enabled', addressHash, mailId: ctx.newId() })],
    }
  },
})

const nothingBegun = () =>
  new AppError('invalid_state', 'No set-up of a second factor is open. Begin it with /api/auth/totp/enroll.')
