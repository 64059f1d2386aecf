import { schema } from '@pramaan/db'
import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { findAccount } from './own-account.ts'
import { openPerson } from './person.ts'
import { requireStepUp } from './require-step-up.ts'
import { newTotpSecret, sealTotpSecret, totpUri } from './totp.ts'

const { users } = schema

/**
 * Begins to turn TOTP on: a fresh secret for the authenticator, as text and as the URI of a QR code. Nothing asks for it
 * before `confirmTotp`. Beginning again forgets the secret before.
 *
 * @throws AppError `step_up_required`, `invalid_state` while TOTP is on
 */
export const enrollTotp = steps({
  name: 'totp.enroll',
  input: z.strictObject({}),
  async run(ctx) {
    requireStepUp(ctx)
    const account = await findAccount(ctx.db.read, userIdOf(ctx))
    const { email } = await openPerson(ctx.keys, ctx.db.read, account)
    const secret = newTotpSecret()
    await keepSecret({ ...ctx, idempotency: undefined }, { secret })
    return { secret, uri: totpUri(secret, email) }
  },
})

const keepSecret = command({
  name: 'totp.enroll',
  input: z.strictObject({ secret: z.string() }),
  async run(ctx, { secret }) {
    const userId = userIdOf(ctx)
    const totpSecret = sealTotpSecret(ctx.keys, await ctx.keys.dataKeyOf(ctx.tx, userId), userId, secret)
    const [user] = await ctx.tx
      .update(users)
      .set({ totpSecret, totpEnrolledAt: ctx.now(), totpLastStep: null })
      .where(and(eq(users.id, userId), isNull(users.totpConfirmedAt)))
      .returning({ id: users.id })
    if (!user) {
      throw new AppError('invalid_state', 'A second factor is on already. Turn it off before you set up another one.')
    }
    return { output: null, audit: { action: 'totp.enrolment_begun', objectType: 'user', objectId: userId } }
  },
})
