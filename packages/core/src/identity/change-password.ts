import { randomBytes } from 'node:crypto'
import { schema } from '@pramaan/db'
import { ChangePasswordInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId } from './address.ts'
import { startFamily } from './family.ts'
import { sendMailJob } from './jobs.ts'
import { passwordContextOf } from './own-account.ts'
import { passwordsOf } from './passwords.ts'
import { endSessions, Renewal, type Renewed, renewSession } from './renew-session.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { requireOwnPassword } from './require-own-password.ts'

/**
 * Sets a new password, with the present one in hand. Every session and refresh token of the person ends, this one's too:
 * the caller goes on with those of the answer. A notice is mailed.
 *
 * @throws AppError `invalid_credentials`, `password_refused`, `rate_limited`
 */
export const changePassword = steps({
  name: 'password.change',
  input: ChangePasswordInput,
  async run(ctx, { currentPassword, newPassword }): Promise<Renewed & { refreshToken: string }> {
    const account = await requireOwnPassword(ctx, currentPassword, 'password_change.refused')
    const inner = { ...ctx, idempotency: undefined }
    requireGoodPassword(newPassword, account.totpConfirmedAt !== null, await passwordContextOf(ctx, account))
    const passwordHash = await passwordsOf(ctx).hash(newPassword)
    const refreshToken = randomBytes(32).toString('base64url')
    const { renewed } = await renewSession(ctx, 'all', (renewal) =>
      setPassword(inner, { renewal, passwordHash, refreshToken, addressId: addressId(account.emailHash) }),
    )
    return { ...renewed, refreshToken }
  },
})

const setPassword = command({
  name: 'password.change',
  input: z.strictObject({
    renewal: Renewal,
    passwordHash: z.string(),
    refreshToken: z.string(),
    addressId: z.string(),
  }),
  async run(ctx, { renewal, passwordHash, refreshToken, addressId: addressHash }) {
    const userId = userIdOf(ctx)
    await endSessions(ctx.tx, userId, 'all', renewal, ctx.now())
    await ctx.tx.update(schema.users).set({ passwordHash }).where(eq(schema.users.id, userId))
    return {
      output: null,
      audit: { action: 'password.changed', objectType: 'user', objectId: userId },
      jobs: [sendMailJob.with({ kind: 'password_changed', addressHash, mailId: ctx.newId() })],
      writes: [startFamily(ctx, userId, renewal.handle, refreshToken)],
    }
  },
})
