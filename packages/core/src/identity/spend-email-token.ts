import { type Queries, schema, type Tx } from '@pramaan/db'
import { and, eq, gt, isNull } from 'drizzle-orm'
import { AppError } from '../platform/errors.ts'
import { emailTokenHash } from './email-token.ts'

const { emailTokens } = schema

export type TokenPurpose = (typeof schema.EMAIL_TOKEN_PURPOSES)[number]

const isGood = (token: string, purpose: TokenPurpose, now: Date) =>
  and(
    eq(emailTokens.tokenHash, emailTokenHash(token)),
    eq(emailTokens.purpose, purpose),
    isNull(emailTokens.usedAt),
    gt(emailTokens.expiresAt, now),
  )

/** Whose token this is, without using it up. @throws AppError `invalid_token` */
export async function ownerOfEmailToken(
  queries: Queries,
  token: string,
  purpose: TokenPurpose,
  now: Date,
): Promise<string> {
  const [found] = await queries
    .select({ userId: emailTokens.userId })
    .from(emailTokens)
    .where(isGood(token, purpose, now))
  if (!found) throw invalidToken()
  return found.userId
}

/**
 * Uses a token up, and with it whatever else was mailed to the person for the same purpose. Of any number of uses at
 * once one wins.
 *
 * @throws AppError `invalid_token`
 */
export async function spendEmailToken(
  tx: Tx,
  token: string,
  purpose: TokenPurpose,
  now: Date,
): Promise<{ userId: string; addressHash: Buffer | null }> {
  const [spent] = await tx
    .update(emailTokens)
    .set({ usedAt: now })
    .where(isGood(token, purpose, now))
    .returning({ userId: emailTokens.userId, addressHash: emailTokens.addressHash })
  if (!spent) throw invalidToken()
  await tx
    .update(emailTokens)
    .set({ usedAt: now })
    .where(and(eq(emailTokens.userId, spent.userId), eq(emailTokens.purpose, purpose), isNull(emailTokens.usedAt)))
  return spent
}

export const invalidToken = () =>
  new AppError('invalid_token', 'This link was used already or is too old. Ask for a new one.')
