import { type Queries, schema, statement } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { placeHash } from '../platform/place.ts'
import { addressId } from './address.ts'
import { type FailureFacts, FORGOTTEN_MS, FREE_FAILURES, waitFor } from './rules/sign-in-pace.ts'

const { signInFailures } = schema

/** Tries a minute for one account from one place. */
const TRIES_PER_MINUTE = 10
/** Tries a minute for one account from all unknown places together, once it is under attack. */
const TRIES_UNDER_ATTACK = 1

/** @throws AppError `rate_limited`, whether or not there is such an account */
export async function limitTries(ctx: Ctx, addressHash: Buffer): Promise<void> {
  const place = placeHash(ctx).toString('base64url')
  const { allowed } = await ctx.limiter.take(`sign-in:${addressId(addressHash)}:${place}`, TRIES_PER_MINUTE)
  if (!allowed) throw new AppError('rate_limited', 'Too many tries for this account. Wait a minute, then try again.')
}

/**
 * Slows down those who guess at one account from many places. The owner is not among them: from a place where they
 * signed in, confirmed their address or reset their password before, nobody waits.
 *
 * @throws AppError `rate_limited`, whether or not there is such an account
 */
export async function slowDownStrangers(ctx: Ctx, addressHash: Buffer, facts: FailureFacts | null): Promise<void> {
  if (!facts || facts.failures < FREE_FAILURES) return
  if (waitFor(facts, ctx.now()) === 0) {
    const { allowed } = await ctx.limiter.take(`sign-in-attacked:${addressId(addressHash)}`, TRIES_UNDER_ATTACK)
    if (allowed) return
  }
  throw new AppError(
    'rate_limited',
    'There were many wrong tries for this account, so new places have to wait. Sign in from where you signed in ' +
      'before, or ask for a link to reset the password: the place where you open it is known from then on.',
  )
}

/** The wrong tries at an address, known or unknown. */
export const failuresAt = async (queries: Queries, addressHash: Buffer): Promise<FailureFacts | null> =>
  (await selectFailures(queries).execute({ addressHash }))[0] ?? null

const selectFailures = statement((queries) =>
  queries
    .select({ failures: signInFailures.failures, lastFailedAt: signInFailures.lastFailedAt })
    .from(signInFailures)
    .where(eq(signInFailures.addressHash, sql.placeholder('addressHash')))
    .prepare('identity_failures_at'),
)

/** Counts a wrong try, in the open transaction. */
export const countFailure = (queries: Queries, addressHash: Buffer, now: Date): Promise<unknown> =>
  upsertFailure(queries).execute({
    addressHash,
    now,
    forgetBefore: new Date(now.getTime() - FORGOTTEN_MS).toISOString(),
  })

const upsertFailure = statement((queries) => {
  const t = signInFailures
  const isForgotten = sql`${t.lastFailedAt} < ${sql.placeholder('forgetBefore')}::timestamptz`
  return queries
    .insert(t)
    .values({ addressHash: sql.placeholder('addressHash'), failures: 1, lastFailedAt: sql.placeholder('now') })
    .onConflictDoUpdate({
      target: t.addressHash,
      set: {
        failures: sql`case when ${isForgotten} then 1 else ${t.failures} + 1 end`,
        lastFailedAt: sql`excluded.last_failed_at`,
      },
    })
    .prepare('identity_count_failure')
})

/** Forgets the wrong tries after a right one, in the open transaction. */
export const forgetFailures = (queries: Queries, addressHash: Buffer): Promise<unknown> =>
  deleteFailures(queries).execute({ addressHash })

const deleteFailures = statement((queries) =>
  queries
    .delete(signInFailures)
    .where(eq(signInFailures.addressHash, sql.placeholder('addressHash')))
    .prepare('identity_forget_failures'),
)
