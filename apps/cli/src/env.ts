import type { OperatorConfig } from '@pramaan/core/deps'

/** The database that the environment names. */
export const databaseUrl = (): string | undefined => process.env.DATABASE_URL || undefined

/** The settings of a worker, as far as an operator needs them. @throws EnvError */
export async function operatorEnv(): Promise<OperatorConfig> {
  // Only here, as most commands need none of it and no second to load it.
  const [{ keyMaterialOf }, { CommonSettings, EnvError }] = await Promise.all([
    import('@pramaan/core/deps'),
    import('@pramaan/core/platform/env'),
  ])
  const keys = { KEYRING: true, AUDIT_SIGNING_KEY: true, AUDIT_ORIGIN: true } as const
  const needed = { DATABASE_URL: true, ERASURE_LEDGER: true, ...keys } as const
  const { data, error } = CommonSettings.pick(needed).safeParse(process.env)
  if (!data) throw new EnvError(error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`))
  return {
    databaseUrl: data.DATABASE_URL,
    keys: keyMaterialOf(data),
    auditOrigin: data.AUDIT_ORIGIN,
    erasureLedger: data.ERASURE_LEDGER,
  }
}
