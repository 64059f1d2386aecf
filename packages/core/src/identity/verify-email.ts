import { schema, statement } from '@pramaan/db'
import { VerifyEmailInput } from '@pramaan/shared'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { emailTokenHash } from './email-token.ts'

const { emailTokens, members, users } = schema

/**
 * Confirms an address with the token of a mail: once, and within its 24 hours. What else was mailed to the person for
 * the same purpose is spent with it.
 *
 * @throws AppError `invalid_token`
 */
export const verifyEmail = command({
  name: 'email.verify',
  input: VerifyEmailInput,
  async run(ctx, { token }) {
    const now = ctx.now()
    const [spent] = await ctx.tx
      .update(emailTokens)
      .set({ usedAt: now })
      .where(
        and(
          eq(emailTokens.tokenHash, emailTokenHash(token)),
          eq(emailTokens.purpose, 'verify'),
          isNull(emailTokens.usedAt),
          gt(emailTokens.expiresAt, now),
        ),
      )
      .returning({ userId: emailTokens.userId })
    if (!spent) throw invalidToken()
    const { userId } = spent
    const [user] = await ctx.tx
      .update(users)
      .set({ status: 'active', emailVerifiedAt: now })
      .where(and(eq(users.id, userId), eq(users.status, 'unverified')))
      .returning({ id: users.id })
    if (!user) throw invalidToken()
    const others = and(eq(emailTokens.userId, userId), eq(emailTokens.purpose, 'verify'), isNull(emailTokens.usedAt))
    await ctx.tx.update(emailTokens).set({ usedAt: now }).where(others)
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

const invalidToken = () =>
  new AppError(
    'invalid_token',
    'This link was used already or is older than 24 hours. If you cannot sign in, ask for a new one.',
  )
