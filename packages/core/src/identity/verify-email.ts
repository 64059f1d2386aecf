import { schema, statement } from '@pramaan/db'
import { VerifyEmailInput } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { command } from '../platform/use-case.ts'
import { rememberPlace } from './place.ts'
import { invalidToken, spendEmailToken } from './spend-email-token.ts'

const { members, users } = schema

/**
 * Confirms an address with the token of a mail: once, and within its 24 hours. What else was mailed to the person for
 * the same purpose is spent with it. The place of the caller is a known one from now on.
 *
 * @throws AppError `invalid_token`
 */
export const verifyEmail = command({
  name: 'email.verify',
  input: VerifyEmailInput,
  async run(ctx, { token }) {
    const now = ctx.now()
    const { userId } = await spendEmailToken(ctx.tx, token, 'verify', now)
    const [user] = await ctx.tx
      .update(users)
      .set({ status: 'active', emailVerifiedAt: now })
      .where(and(eq(users.id, userId), eq(users.status, 'unverified')))
      .returning({ id: users.id })
    if (!user) throw invalidToken()
    const [membership] = await membershipOf(ctx.tx).execute({ userId })
    return {
      output: { verified: true as const },
      audit: {
        action: 'email.verified',
        objectType: 'user',
        objectId: userId,
        ...(membership ? { advisorId: membership.advisorId } : {}),
        from: 'unverified',
        to: 'active',
      },
      writes: [rememberPlace(ctx, userId)],
    }
  },
})

const membershipOf = statement((queries) =>
  queries
    .select({ advisorId: members.advisorId })
    .from(members)
    .where(eq(members.userId, sql.placeholder('userId')))
    .prepare('identity_membership'),
)
