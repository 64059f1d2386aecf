import { randomBytes } from 'node:crypto'
import { schema, statement } from '@pramaan/db'
import { LoginInput, type SignInView } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { describeError } from '../platform/log.ts'
import { placeHash } from '../platform/place.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress } from './address.ts'
import { startFamily } from './family.ts'
import { sendMailJob } from './jobs.ts'
import { passwordsOf } from './passwords.ts'
import { openPerson } from './person.ts'
import { PLACE_REMEMBERED_MS, rememberPlace } from './place.ts'
import { tierAt } from './rules/tier.ts'
import { Factor, proveFactor, spendFactor } from './second-factor.ts'
import { countFailure, failuresAt, forgetFailures, limitTries, slowDownStrangers } from './sign-in-failures.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors, members, signInPlaces, users } = schema

const SignInInput = LoginInput.extend({ userAgent: z.string() })

/**
 * Signs a person in by address, password and, where TOTP is on, a code or a recovery code: a session, an access token and a family of refresh tokens.
 * `sessionSecret` belongs into the cookie and nowhere else.
 *
 * Unknown, suspended and mistyped get one answer after the same time.
 *
 * @throws AppError `invalid_credentials`, `email_unverified` and `totp_required` (only after the right password),
 * `rate_limited`
 */
export const signIn = steps({
  name: 'session.start',
  input: SignInInput,
  async run(ctx, input): Promise<{ view: SignInView; sessionSecret: string }> {
    const { account, factor } = await proveAccount(ctx, input)
    const { userId, credentialVersion, advisorId, memberRole, role } = account
    const passwordHash = passwordsOf(ctx).isOutdated(account.passwordHash)
      ? await passwordsOf(ctx).hash(input.password)
      : account.passwordHash
    const { secret, session } = await ctx.sessions.create(
      { userId, credentialVersion },
      { userAgent: input.userAgent, steppedUpAt: ctx.now() },
    )
    const actor = { kind: 'user', userId, role, memberRole, sessionId: session.handle } as const
    const refreshToken = randomBytes(32).toString('base64url')
    try {
      await recordSignIn(
        { ...ctx, actor, advisorId, idempotency: undefined },
        {
          credentialVersion,
          passwordHash,
          refreshToken,
          factor,
          addressId: addressId(hashAddress(ctx.keys, input.email)),
        },
      )
    } catch (error) {
      await ctx.sessions.end(session.handle).catch((cause) => ctx.log.warn(describeError(cause), 'session not ended'))
      throw error
    }
    const [tokens, person] = await Promise.all([
      ctx.tokens.issue({ userId, sessionId: session.handle }),
      openPerson(ctx.keys, ctx.db.read, account),
    ])
    const { displayName, tier, tierSteps } = account
    const advisor =
      advisorId && displayName && tier
        ? { id: advisorId, displayName, tier: tierAt({ tier, tierSteps }, ctx.now()) }
        : null
    return { view: { ...tokens, refreshToken, user: { id: userId, ...person, role }, advisor }, sessionSecret: secret }
  },
})

/** @throws AppError when this is not somebody who may sign in */
async function proveAccount(ctx: Ctx, { email, password, totp }: z.output<typeof SignInInput>) {
  const addressHash = hashAddress(ctx.keys, email)
  await limitTries(ctx, addressHash)
  const knownSince = new Date(ctx.now().getTime() - PLACE_REMEMBERED_MS).toISOString()
  const [[account], failures] = await Promise.all([
    accountByAddress(ctx.db.read).execute({ addressHash, placeHash: placeHash(ctx), knownSince }),
    failuresAt(ctx.db.read, addressHash),
  ])
  if (!account?.isKnownPlace) await slowDownStrangers(ctx, addressHash, failures)
  const refuse = (reason: RefusalReason) =>
    recordRefusal(ctx, {
      addressId: addressId(addressHash),
      userId: account?.userId ?? null,
      advisorId: account?.advisorId ?? null,
      reason,
    })
  const matches = await passwordsOf(ctx).verify(account?.passwordHash ?? null, password)
  if (account && matches && account.status === 'active') {
    if (account.totpConfirmedAt === null) return { account, factor: null }
    if (totp === undefined) {
      await refuse('totp_required')
      throw new AppError('totp_required', 'Send the code of your authenticator, or a recovery code, as `totp` too.')
    }
    const factor = await proveFactor(ctx, account, totp)
    if (factor) return { account, factor }
    await refuse('wrong_code')
    throw wrongCode()
  }
  if (matches && account?.status === 'unverified') {
    await refuse('email_unverified')
    throw new AppError('email_unverified', 'Confirm your email address first: open the link in the mail we sent you.')
  }
  await refuse('invalid_credentials')
  throw invalidCredentials()
}

const invalidCredentials = () =>
  new AppError('invalid_credentials', 'This address and password do not belong together. Check both and try again.')

const wrongCode = () =>
  new AppError('invalid_credentials', 'This code is wrong or was used already. Wait for the next one, then try again.')

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
      ...tierColumns,
      totpSecret: users.totpSecret,
      totpConfirmedAt: users.totpConfirmedAt,
      totpLastStep: users.totpLastStep,
      isKnownPlace: sql<boolean>`exists (select from ${signInPlaces} where ${signInPlaces.userId} = ${users.id}
        and ${signInPlaces.placeHash} = ${sql.placeholder('placeHash')}
        and ${signInPlaces.lastProvedAt} > ${sql.placeholder('knownSince')}::timestamptz)`,
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
  input: z.strictObject({
    credentialVersion: z.int(),
    passwordHash: z.string(),
    refreshToken: z.string(),
    factor: Factor.nullable(),
    addressId: z.string(),
  }),
  async run(ctx, { credentialVersion, passwordHash, refreshToken, factor, addressId: address }) {
    const { actor } = ctx
    if (actor.kind !== 'user') throw new Error('only a user signs in')
    const { userId, sessionId } = actor
    const now = ctx.now()
    const [user] = await ctx.tx
      .update(users)
      .set({ lastSignInAt: now, passwordHash })
      .where(and(eq(users.id, userId), eq(users.credentialVersion, credentialVersion), eq(users.status, 'active')))
      .returning({ id: users.id })
    if (!user) throw invalidCredentials()
    if (factor && !(await spendFactor(ctx.tx, userId, factor, now))) throw wrongCode()
    const notice = { kind: 'recovery_code_used', addressHash: address, mailId: ctx.newId() } as const
    return {
      output: null,
      audit: {
        action: 'session.started',
        objectType: 'session',
        objectId: sessionId,
        ...(factor ? { detail: { factor: factor.kind } } : {}),
      },
      jobs: factor?.kind === 'recovery_code' ? [sendMailJob.with(notice)] : [],
      writes: [
        startFamily(ctx, userId, sessionId, refreshToken),
        rememberPlace(ctx, userId),
        forgetFailures(ctx.tx, Buffer.from(address, 'base64url')),
      ],
    }
  },
})

type RefusalReason = z.output<typeof RefusalReason>
const RefusalReason = z.enum(['invalid_credentials', 'email_unverified', 'totp_required', 'wrong_code'])
/** What a guesser could have sent. The others knew the password and guessed at nothing. */
const GUESSES: readonly RefusalReason[] = ['invalid_credentials', 'wrong_code']

/** A refused sign-in stands in the log of the account it was aimed at; an unknown address only as its keyed hash. */
const recordRefusal = command({
  name: 'sign_in.refuse',
  input: z.strictObject({
    addressId: z.string(),
    userId: z.uuid().nullable(),
    advisorId: z.uuid().nullable(),
    reason: RefusalReason,
  }),
  async run(ctx, { addressId: address, userId, advisorId, reason }) {
    const isGuess = GUESSES.includes(reason)
    return {
      output: null,
      writes: isGuess ? [countFailure(ctx.tx, Buffer.from(address, 'base64url'), ctx.now())] : [],
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
