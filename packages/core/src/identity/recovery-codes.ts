import { randomBytes } from 'node:crypto'
import { schema, type Tx } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { base32 } from 'oslo/encoding'
import type { Keys } from '../platform/crypto.ts'

const { recoveryCodes } = schema

const HOW_MANY = 10
/** 140 bits, so that a plain keyed hash of it is enough (OWASP ASVS 5.0, 6.5.2). */
const LETTERS = 28
const GROUP = /.{7}(?=.)/g

/** Ten fresh codes in groups of seven letters, as the person keeps them. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: HOW_MANY }, () =>
    base32.encode(randomBytes(18), { includePadding: false }).slice(0, LETTERS).replace(GROUP, '$&-'),
  )

/** What is stored of a code; `letters` are without their groups. */
export const recoveryCodeHash = (keys: Keys, userId: string, letters: string): Buffer =>
  keys.lookupHash('recovery-code', `${userId} ${letters}`)

/** Puts codes in the place of those there were. */
export async function replaceRecoveryCodes(tx: Tx, keys: Keys, userId: string, codes: string[]): Promise<void> {
  await deleteRecoveryCodes(tx, userId)
  await tx
    .insert(recoveryCodes)
    .values(codes.map((code) => ({ userId, codeHash: recoveryCodeHash(keys, userId, code.replaceAll('-', '')) })))
}

export async function deleteRecoveryCodes(tx: Tx, userId: string): Promise<void> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
}
