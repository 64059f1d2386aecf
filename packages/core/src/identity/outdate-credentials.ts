import { schema, type Tx } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { describeError } from '../platform/log.ts'
import { lockUser, revokeUser } from './family.ts'

/**
 * Makes every session and refresh token of a user worthless, in the open transaction: `authenticate` compares the
 * version that a session was made under with the user's.
 */
export async function outdateCredentials(tx: Tx, userId: string, at: Date): Promise<void> {
  await lockUser(tx, userId)
  const next = sql`${schema.users.credentialVersion} + 1`
  await tx.update(schema.users).set({ credentialVersion: next }).where(eq(schema.users.id, userId))
  await revokeUser(tx, userId, at)
}

/** Tidies Redis after `outdateCredentials`. Failing here leaves worthless records until they expire, nothing more. */
export async function forgetSessions(ctx: Ctx, userId: string): Promise<void> {
  await ctx.sessions
    .endAll(userId)
    .catch((error) => ctx.log.warn(describeError(error), 'outdated sessions stay in Redis until they expire'))
}
