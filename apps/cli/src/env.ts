import type { PackSource } from '@pramaan/core/audit'

/** The database that the environment names. */
export const databaseUrl = (): string | undefined => process.env.DATABASE_URL || undefined

/** What a pack is made from, by the names that API and worker know it by; undefined unless all of it is there. */
export function packExport(): PackSource | undefined {
  const { DATABASE_URL, AUDIT_ORIGIN, AUDIT_SIGNING_KEY } = process.env
  if (!DATABASE_URL || !AUDIT_ORIGIN || !AUDIT_SIGNING_KEY) return undefined
  const [current = ''] = AUDIT_SIGNING_KEY.split(',')
  return { databaseUrl: DATABASE_URL, origin: AUDIT_ORIGIN, signingKey: Buffer.from(current, 'base64') }
}
