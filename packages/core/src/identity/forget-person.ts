import { randomBytes } from 'node:crypto'
import { schema } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { lockUser } from './family.ts'
import { openPerson } from './person.ts'

const { emailTokens, idempotencyKeys, members, notificationSettings, recoveryCodes, refreshTokens } = schema
const { signInFailures, signInPlaces, users } = schema

/**
 * Takes everything from a user that says who they are or lets them in, and destroys their data key. The row stays with an
 * id that says nothing, because proofs and the audit log name it. Their address is free for another account.
 *
 * Sessions in Redis are worthless from the commit on; `forgetSessions` tidies them.
 *
 * @returns who it was; null when there is nobody to forget
 */
export async function forgetPerson(
  ctx: CommandCtx,
  userId: string,
): Promise<{ email: string; fullName: string } | null> {
  const { tx } = ctx
  await lockUser(tx, userId)
  const [user] = await tx.select().from(users).where(eq(users.id, userId))
  if (!user || user.status === 'erased') return null
  const person = await openPerson(ctx.keys, tx, { userId, email: user.email, fullName: user.fullName })
  await Promise.all([
    tx.delete(members).where(eq(members.userId, userId)),
    tx.delete(emailTokens).where(eq(emailTokens.userId, userId)),
    tx.delete(refreshTokens).where(eq(refreshTokens.userId, userId)),
    tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
    tx.delete(signInPlaces).where(eq(signInPlaces.userId, userId)),
    tx.delete(notificationSettings).where(eq(notificationSettings.userId, userId)),
    tx.delete(signInFailures).where(eq(signInFailures.addressHash, user.emailHash)),
    tx.delete(idempotencyKeys).where(eq(idempotencyKeys.principalId, userId)),
    tx
      .update(users)
      .set({
        emailHash: randomBytes(32),
        email: Buffer.alloc(0),
        fullName: Buffer.alloc(0),
        pendingEmail: null,
        pendingEmailHash: null,
        passwordHash: '',
        totpSecret: null,
        totpEnrolledAt: null,
        totpConfirmedAt: null,
        lastSignInAt: null,
        status: 'erased',
        credentialVersion: sql`${users.credentialVersion} + 1`,
      })
      .where(eq(users.id, userId)),
    ctx.keys.destroy(tx, userId),
  ])
  return person
}
