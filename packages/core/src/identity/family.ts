import { schema, type Tx } from '@pramaan/db'
import { and, eq, inArray, isNull } from 'drizzle-orm'

const { refreshTokens, users } = schema

/**
 * Whoever rotates or revokes refresh tokens of a user takes turns here. Without it a rotation under way would leave a
 * fresh token behind that a revocation at the same time cannot see.
 */
export async function lockUser(tx: Tx, userId: string): Promise<void> {
  await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update')
}

/** Ends the refresh tokens of one session, past and present. Call `lockUser` first. */
export async function revokeSession(tx: Tx, userId: string, handle: string, at: Date): Promise<void> {
  const families = tx
    .select({ id: refreshTokens.familyId })
    .from(refreshTokens)
    .where(and(eq(refreshTokens.userId, userId), eq(refreshTokens.sessionHash, handle)))
  await tx
    .update(refreshTokens)
    .set({ revokedAt: at })
    .where(and(inArray(refreshTokens.familyId, families), isNull(refreshTokens.revokedAt)))
}

/** Ends every refresh token of a user. Call `lockUser` first. */
export async function revokeUser(tx: Tx, userId: string, at: Date): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ revokedAt: at })
    .where(and(eq(refreshTokens.userId, userId), isNull(refreshTokens.revokedAt)))
}
