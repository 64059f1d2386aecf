import { schema } from '@pramaan/db'
import { ResetPasswordInput } from '@pramaan/shared'
import { and, eq, ne, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { command, steps } from '../platform/use-case.ts'
import { addressId } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { forgetSessions, outdateCredentials } from './outdate-credentials.ts'
import { findAccount, passwordContextOf } from './own-account.ts'
import { passwordsOf } from './passwords.ts'
import { rememberPlace } from './place.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { forgetFailures } from './sign-in-failures.ts'
import { invalidToken, ownerOfEmailToken, spendEmailToken } from './spend-email-token.ts'

const { users } = schema

/**
 * Sets a new password with the token of a mail: once, and within its hour. Every session and refresh token of the person
 * ends. It signs nobody in and leaves TOTP as it is: a mailbox is one factor, not two (OWASP ASVS 5.0, 6.4.3). The
 * place of the caller is a known one from now on.
 *
 * @throws AppError `invalid_token`, `password_refused` (the token stays good)
 */
export const resetPassword = steps({
  name: 'password.reset',
  input: ResetPasswordInput,
  async run(ctx, { token, newPassword }) {
    const userId = await ownerOfEmailToken(ctx.db.read, token, 'reset', ctx.now())
    const account = await findAccount(ctx.db.read, userId)
    requireGoodPassword(newPassword, account.totpConfirmedAt !== null, await passwordContextOf(ctx, account))
    const passwordHash = await passwordsOf(ctx).hash(newPassword)
    const done = await setPassword({ ...ctx, idempotency: undefined }, { token, passwordHash })
    await forgetSessions(ctx, userId)
    return done
  },
})

/** The link came to the address of somebody of ours, so it confirms it; that of a firm's person has a link of its own. */
const isInvitedStaff = and(eq(users.status, 'unverified'), ne(users.role, 'advisor'))

const setPassword = command({
  name: 'password.reset',
  input: z.strictObject({ token: z.string(), passwordHash: z.string() }),
  async run(ctx, { token, passwordHash }) {
    const now = ctx.now()
    const { userId } = await spendEmailToken(ctx.tx, token, 'reset', now)
    const [user] = await ctx.tx
      .update(users)
      .set({
        passwordHash,
        status: 'active',
        emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, ${now.toISOString()})`,
      })
      .where(and(eq(users.id, userId), or(eq(users.status, 'active'), isInvitedStaff)))
      .returning({ emailHash: users.emailHash })
    if (!user) throw invalidToken()
    await outdateCredentials(ctx.tx, userId, now)
    const { advisorId } = await findAccount(ctx.tx, userId)
    const notice = { kind: 'password_reset', addressHash: addressId(user.emailHash), mailId: ctx.newId() } as const
    return {
      output: { done: true as const },
      audit: {
        action: 'password.reset',
        objectType: 'user',
        objectId: userId,
        ...(advisorId ? { advisorId } : {}),
      },
      jobs: [sendMailJob.with(notice)],
      writes: [rememberPlace(ctx, userId), forgetFailures(ctx.tx, user.emailHash)],
    }
  },
})
