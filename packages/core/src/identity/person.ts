import { type Queries, schema } from '@pramaan/db'
import type { UserRole } from '@pramaan/shared'
import type { DataKey, Keys } from '../platform/crypto.ts'

const place = (column: 'email' | 'full_name' | 'pending_email', userId: string) => ({
  table: 'users',
  column,
  rowId: userId,
})

/** A person's address and name as they are stored: encrypted under the person's own data key. */
export function sealPerson(keys: Keys, key: DataKey, userId: string, person: { email: string; fullName: string }) {
  return {
    email: keys.seal(key, place('email', userId), person.email),
    fullName: keys.seal(key, place('full_name', userId), person.fullName),
  }
}

/** @throws Error when the person was erased */
export async function openPerson(
  keys: Keys,
  queries: Queries,
  row: { userId: string; email: Buffer; fullName: Buffer },
): Promise<{ email: string; fullName: string }> {
  // One after the other: the first fetches the data key, the second finds it in the cache.
  const email = await keys.open(queries, row.userId, place('email', row.userId), row.email)
  const fullName = await keys.open(queries, row.userId, place('full_name', row.userId), row.fullName)
  return { email, fullName }
}

/** An address that waits for its confirmation, as it is stored. */
export const sealPendingEmail = (keys: Keys, key: DataKey, userId: string, email: string): Buffer =>
  keys.seal(key, place('pending_email', userId), email)

export const openPendingEmail = (keys: Keys, queries: Queries, userId: string, sealed: Buffer): Promise<string> =>
  keys.open(queries, userId, place('pending_email', userId), sealed)

export interface NewUser {
  userId: string
  addressHash: Buffer
  email: string
  fullName: string
  passwordHash: string
  role: UserRole
  status: 'unverified' | 'active'
  emailVerifiedAt: Date | null
  /** A demo login, which may do without TOTP in embedded mode. */
  totpWaived?: boolean
}

/** Writes a user under a fresh data key of their own. @returns false, and no row, when the address is taken */
export async function insertUser(keys: Keys, tx: Queries, key: DataKey, user: NewUser): Promise<boolean> {
  const rows = await tx
    .insert(schema.users)
    .values({
      id: user.userId,
      emailHash: user.addressHash,
      ...sealPerson(keys, key, user.userId, user),
      passwordHash: user.passwordHash,
      role: user.role,
      status: user.status,
      emailVerifiedAt: user.emailVerifiedAt,
      totpWaived: user.totpWaived ?? false,
    })
    .onConflictDoNothing({ target: schema.users.emailHash })
    .returning({ id: schema.users.id })
  return rows.length === 1
}
