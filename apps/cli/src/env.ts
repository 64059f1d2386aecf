import type { OperatorConfig } from '@pramaan/core/deps'
import { CommonSettings, EnvError } from '@pramaan/core/platform/env'

const OperatorSettings = CommonSettings.pick({
  DATABASE_URL: true,
  KEYRING: true,
  AUDIT_SIGNING_KEY: true,
  ERASURE_LEDGER: true,
})

/** The settings of a worker, as far as an operator needs them; the one place that reads `process.env`. @throws EnvError */
export function operatorEnv(): OperatorConfig {
  const { data, error } = OperatorSettings.safeParse(process.env)
  if (!data) throw new EnvError(error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`))
  return {
    databaseUrl: data.DATABASE_URL,
    keys: { keyring: data.KEYRING, signingKey: data.AUDIT_SIGNING_KEY },
    erasureLedger: data.ERASURE_LEDGER,
  }
}
