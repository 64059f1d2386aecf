import { type Queries, schema, statement } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { openPerson } from './person.ts'

const { advisors, members, users } = schema

/** Guesses a minute at a password or code by somebody who is signed in. */
const GUESSES_PER_MINUTE = 5

/** What changing one's credentials needs to know of an account. */
export type Account = Awaited<ReturnType<typeof findAccount>>

/** @throws Error when there is no such user */
export async function findAccount(queries: Queries, userId: string) {
  const [account] = await accountById(queries).execute({ userId })
  if (!account) throw new Error('a user who acts has no row')
  return account
}

const accountById = statement((queries) =>
  queries
    .select({
      userId: users.id,
      emailHash: users.emailHash,
      email: users.email,
      fullName: users.fullName,
      passwordHash: users.passwordHash,
      status: users.status,
      credentialVersion: users.credentialVersion,
      totpSecret: users.totpSecret,
      totpEnrolledAt: users.totpEnrolledAt,
      totpConfirmedAt: users.totpConfirmedAt,
      totpLastStep: users.totpLastStep,
      advisorId: members.advisorId,
      displayName: advisors.displayName,
    })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .leftJoin(advisors, eq(advisors.id, members.advisorId))
    .where(eq(users.id, sql.placeholder('userId')))
    .prepare('identity_account_by_id'),
)

/** What a guesser at this account's password would know. */
export async function passwordContextOf(ctx: Ctx, account: Account) {
  const { email, fullName } = await openPerson(ctx.keys, ctx.db.read, account)
  return { email, fullName, firm: account.displayName }
}

/** @throws AppError `rate_limited`: a stolen token must not become a way to try out passwords */
export async function limitGuesses(ctx: Ctx, userId: string): Promise<void> {
  const { allowed } = await ctx.limiter.take(`own-credentials:${userId}`, GUESSES_PER_MINUTE)
  if (!allowed) throw new AppError('rate_limited', 'Too many tries. Wait a minute, then try again.')
}
