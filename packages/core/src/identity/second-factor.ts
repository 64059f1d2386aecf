import { schema, type Tx } from '@pramaan/db'
import { and, eq, isNotNull, isNull, lt, or } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { recoveryCodeHash } from './recovery-codes.ts'
import { recoveryLetters } from './rules/totp.ts'
import { openTotpSecret, stepOfCode } from './totp.ts'

const { recoveryCodes, users } = schema

/** A second factor that was right when it was looked at. Only `spendFactor` says whether it still is. */
export const Factor = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('totp'), step: z.int() }),
  z.strictObject({ kind: z.literal('recovery_code'), codeHash: z.string() }),
])
export type Factor = z.output<typeof Factor>

export interface FactorFacts {
  userId: string
  totpSecret: Buffer | null
  totpLastStep: number | null
}

/** Looks at the code of an authenticator or a recovery code. @returns null for a wrong or used one */
export async function proveFactor(ctx: Ctx, facts: FactorFacts, typed: string): Promise<Factor | null> {
  const { userId, totpSecret, totpLastStep } = facts
  const letters = recoveryLetters(typed)
  if (letters !== null) {
    const codeHash = recoveryCodeHash(ctx.keys, userId, letters)
    const [unused] = await ctx.db.read
      .select({ userId: recoveryCodes.userId })
      .from(recoveryCodes)
      .where(isUnused(userId, codeHash))
    return unused ? { kind: 'recovery_code', codeHash: codeHash.toString('base64url') } : null
  }
  if (totpSecret === null) return null
  const step = await stepOfCode(await openTotpSecret(ctx, userId, totpSecret), typed, ctx.now())
  return step !== null && step > (totpLastStep ?? 0) ? { kind: 'totp', step } : null
}

/** Uses a factor up, in the open transaction. @returns false when somebody else was faster */
export async function spendFactor(tx: Tx, userId: string, factor: Factor, now: Date): Promise<boolean> {
  if (factor.kind === 'recovery_code') {
    const spent = await tx
      .update(recoveryCodes)
      .set({ usedAt: now })
      .where(isUnused(userId, Buffer.from(factor.codeHash, 'base64url')))
      .returning({ userId: recoveryCodes.userId })
    return spent.length === 1
  }
  const isNewer = or(isNull(users.totpLastStep), lt(users.totpLastStep, factor.step))
  const spent = await tx
    .update(users)
    .set({ totpLastStep: factor.step })
    .where(and(eq(users.id, userId), isNotNull(users.totpSecret), isNewer))
    .returning({ id: users.id })
  return spent.length === 1
}

const isUnused = (userId: string, codeHash: Buffer) =>
  and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, codeHash), isNull(recoveryCodes.usedAt))
