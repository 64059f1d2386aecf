import { randomBytes } from 'node:crypto'
import { schema, statement } from '@pramaan/db'
import { LoginInput, type SignInView } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { describeError } from '../platform/log.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress } from './address.ts'
import { passwordsOf } from './passwords.ts'
import { openPerson } from './person.ts'
import { familyExpiry, refreshTokenHash } from './refresh-token.ts'

const { advisors, members, refreshTokens, users } = schema

/** Tries a minute for one account from one place. From elsewhere the owner still gets in. */
const TRIES_PER_MINUTE = 10

const SignInInput = LoginInput.extend({ userAgent: z.string() })

/**
 * Signs a person in by address and password: a session, an access token and a family of refresh tokens.
 * `sessionSecret` belongs into the cookie and nowhere else.
 *
 * Unknown, suspended and mistyped get one answer after the same time.
 *
 * @throws AppError `invalid_credentials`, `email_unverified` (only after the right password), `rate_limited`
 */
export const signIn = steps({
  name: 'session.start',
  input: SignInInput,
  async run(ctx, input): Promise<{ view: SignInView; sessionSecret: string }> {
    const account = await proveAccount(ctx, input)
    const { userId, credentialVersion, advisorId, memberRole, role } = account
    const passwordHash = passwordsOf(ctx).isOutdated(account.passwordHash)
      ? await passwordsOf(ctx).hash(input.password)
      : account.passwordHash
    const { secret, session } = await ctx.sessions.create({ userId, credentialVersion }, input)
    const actor = { kind: 'user', userId, role, memberRole, sessionId: session.handle } as const
    const refreshToken = randomBytes(32).toString('base64url')
    try {
      await recordSignIn(
        { ...ctx, actor, advisorId, idempotency: undefined },
        { credentialVersion, passwordHash, refreshToken },
      )
    } catch (error) {
      await ctx.sessions.end(session.handle).catch((cause) => ctx.log.warn(describeError(cause), 'session not ended'))
      throw error
    }
    const [tokens, person] = await Promise.all([
      ctx.tokens.issue({ userId, sessionId: session.handle }),
      openPerson(ctx.keys, ctx.db.read, account),
    ])
    const { displayName, tier } = account
    const advisor = advisorId && displayName && tier ? { id: advisorId, displayName, tier } : null
    return { view: { ...tokens, refreshToken, user: { id: userId, ...person, role }, advisor }, sessionSecret: secret }
  },
})

/** @throws AppError when this is not somebody who may sign in */
async function proveAccount(ctx: Ctx, { email, password }: z.output<typeof SignInInput>) {
  const addressHash = hashAddress(ctx.keys, email)
  const { allowed } = await ctx.limiter.take(`sign-in:${addressId(addressHash)}:${ctx.ip}`, TRIES_PER_MINUTE)
  if (!allowed) throw new AppError('rate_limited', 'Too many tries for this account. Wait a minute, then try again.')
  const [account] = await accountByAddress(ctx.db.read).execute({ addressHash })
  const matches = await passwordsOf(ctx).verify(account?.passwordHash ?? null, password)
  if (account && matches && account.status === 'active') return account
  const unverified = matches && account?.status === 'unverified'
  await recordRefusal(ctx, {
    addressId: addressId(addressHash),
    userId: account?.userId ?? null,
    advisorId: account?.advisorId ?? null,
    reason: unverified ? 'email_unverified' : 'invalid_credentials',
  })
  if (unverified) {
    throw new AppError('email_unverified', 'Confirm your email address first: open the link in the mail we sent you.')
  }
  throw invalidCredentials()
}

const invalidCredentials = () =>
  new AppError('invalid_credentials', 'This address and password do not belong together. Check both and try again.')

const accountByAddress = statement((queries) =>
  queries
    .select({
      userId: users.id,
      email: users.email,
      fullName: users.fullName,
      passwordHash: users.passwordHash,
      role: users.role,
      status: users.status,
      credentialVersion: users.credentialVersion,
      memberRole: members.role,
      advisorId: members.advisorId,
      displayName: advisors.displayName,
      tier: advisors.tier,
    })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .leftJoin(advisors, eq(advisors.id, members.advisorId))
    .where(eq(users.emailHash, sql.placeholder('addressHash')))
    .prepare('identity_account_by_address'),
)

/** Holds only while the credentials that were checked are still the user's: a password change in between wins. */
const recordSignIn = command({
  name: 'session.start',
  input: z.strictObject({ credentialVersion: z.int(), passwordHash: z.string(), refreshToken: z.string() }),
  async run(ctx, { credentialVersion, passwordHash, refreshToken }) {
    const { actor } = ctx
    if (actor.kind !== 'user') throw new Error('only a user signs in')
    const now = ctx.now()
    const [user] = await ctx.tx
      .update(users)
      .set({ lastSignInAt: now, passwordHash })
      .where(
        and(eq(users.id, actor.userId), eq(users.credentialVersion, credentialVersion), eq(users.status, 'active')),
      )
      .returning({ id: users.id })
    if (!user) throw invalidCredentials()
    const family = ctx.tx.insert(refreshTokens).values({
      tokenHash: refreshTokenHash(refreshToken),
      familyId: ctx.newId(),
      userId: actor.userId,
      sessionHash: actor.sessionId,
      expiresAt: familyExpiry(now),
      createdAt: now,
    })
    return {
      output: null,
      audit: { action: 'session.started', objectType: 'session', objectId: actor.sessionId },
      writes: [family.execute()],
    }
  },
})

/** A refused sign-in stands in the log of the account it was aimed at; an unknown address only as its keyed hash. */
const recordRefusal = command({
  name: 'sign_in.refuse',
  input: z.strictObject({
    addressId: z.string(),
    userId: z.uuid().nullable(),
    advisorId: z.uuid().nullable(),
    reason: z.string(),
  }),
  async run(_, { addressId: address, userId, advisorId, reason }) {
    return {
      output: null,
      audit: {
        action: 'sign_in.refused',
        objectType: userId ? 'user' : 'address',
        objectId: userId ?? address,
        ...(advisorId ? { advisorId } : {}),
        outcome: 'refused',
        reason,
      },
    }
  },
})
