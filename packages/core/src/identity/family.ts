import { schema, type Tx } from '@pramaan/db'
import { and, eq, inArray, isNull, notInArray } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { familyExpiry, refreshTokenHash } from './refresh-token.ts'

const { refreshTokens, users } = schema

/**
 * Whoever rotates or revokes refresh tokens of a user takes turns here. Without it a rotation under way would leave a
 * fresh token behind that a revocation at the same time cannot see.
 */
export async function lockUser(tx: Tx, userId: string): Promise<void> {
  await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update')
}

const familiesOf = (tx: Tx, userId: string, handle: string) =>
  tx
    .select({ id: refreshTokens.familyId })
    .from(refreshTokens)
    .where(and(eq(refreshTokens.userId, userId), eq(refreshTokens.sessionHash, handle)))

/** The first refresh token of a sign-in, as a statement on its way. */
export const startFamily = (ctx: CommandCtx, userId: string, handle: string, refreshToken: string): Promise<unknown> =>
  ctx.tx
    .insert(refreshTokens)
    .values({
      tokenHash: refreshTokenHash(refreshToken),
      familyId: ctx.newId(),
      userId,
      sessionHash: handle,
      expiresAt: familyExpiry(ctx.now()),
      createdAt: ctx.now(),
    })
    .execute()

/** Ends the refresh tokens of one session, past and present. Call `lockUser` first. */
export async function revokeSession(tx: Tx, userId: string, handle: string, at: Date): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ revokedAt: at })
    .where(and(inArray(refreshTokens.familyId, familiesOf(tx, userId, handle)), isNull(refreshTokens.revokedAt)))
}

/** Ends every refresh token of a user but those of one session. Call `lockUser` first. */
export async function revokeOthers(tx: Tx, userId: string, handle: string, at: Date): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ revokedAt: at })
    .where(
      and(
        eq(refreshTokens.userId, userId),
        notInArray(refreshTokens.familyId, familiesOf(tx, userId, handle)),
        isNull(refreshTokens.revokedAt),
      ),
    )
}

/** Hands the refresh tokens of a session on to the session that takes its place. Call `lockUser` first. */
export async function moveFamily(tx: Tx, userId: string, from: string, to: string): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ sessionHash: to })
    .where(and(eq(refreshTokens.userId, userId), eq(refreshTokens.sessionHash, from), isNull(refreshTokens.revokedAt)))
}

/** Ends every refresh token of a user. Call `lockUser` first. */
export async function revokeUser(tx: Tx, userId: string, at: Date): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ revokedAt: at })
    .where(and(eq(refreshTokens.userId, userId), isNull(refreshTokens.revokedAt)))
}
