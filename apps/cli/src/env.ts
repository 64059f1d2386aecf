import type { PackSource } from '@pramaan/core/audit'
import type { OperatorConfig } from '@pramaan/core/deps'

/** The database that the environment names. */
export const databaseUrl = (): string | undefined => process.env.DATABASE_URL || undefined

/** What a pack is made from, by the names that API and worker know it by; undefined unless all of it is there. */
export function packExport(): PackSource | undefined {
  const { DATABASE_URL, AUDIT_ORIGIN, AUDIT_SIGNING_KEY } = process.env
  if (!DATABASE_URL || !AUDIT_ORIGIN || !AUDIT_SIGNING_KEY) return undefined
  const [current = ''] = AUDIT_SIGNING_KEY.split(',')
  return { databaseUrl: DATABASE_URL, origin: AUDIT_ORIGIN, signingKey: Buffer.from(current, 'base64') }
}

/** The settings of a worker, as far as an operator needs them. @throws EnvError */
export async function operatorEnv(): Promise<OperatorConfig> {
  // Only here, as most commands need none of it and no second to load it.
  const [{ keyMaterialOf }, { CommonSettings, EnvError }] = await Promise.all([
    import('@pramaan/core/deps'),
    import('@pramaan/core/platform/env'),
  ])
  const needed = { DATABASE_URL: true, KEYRING: true, AUDIT_SIGNING_KEY: true, ERASURE_LEDGER: true } as const
  const { data, error } = CommonSettings.pick(needed).safeParse(process.env)
  if (!data) throw new EnvError(error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`))
  return { databaseUrl: data.DATABASE_URL, keys: keyMaterialOf(data), erasureLedger: data.ERASURE_LEDGER }
}
