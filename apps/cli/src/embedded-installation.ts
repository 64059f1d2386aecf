import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { keyMaterialOf, type OperatorConfig } from '@pramaan/core/deps'
import { portOf } from '@pramaan/core/platform/base-backup'
import { CommonSettings } from '@pramaan/core/platform/env'

interface Secrets {
  postgres: { superuser: string; app: string; owner: string }
  settings: Record<string, string>
}

const Keys = CommonSettings.pick({ KEYRING: true, AUDIT_SIGNING_KEY: true })
const Origin = CommonSettings.pick({ AUDIT_ORIGIN: true })

/** The secrets of an embedded installation. @throws Error when they are missing: without them its data cannot be read */
export function readSecrets(file: string): Secrets {
  if (!statSync(file, { throwIfNoEntry: false })) {
    throw new Error(`${file} is missing: the data is encrypted with the keys in it, and no backup holds them`)
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets
}

const url = (role: string, password: string, port: number, database: string) =>
  `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`

/** As the superuser of the embedded server on this port. */
export const superuserUrl = (secrets: Secrets, port: number, database = 'pramaan'): string =>
  url('postgres', secrets.postgres.superuser, port, database)

/** What an operator needs of an embedded installation whose server listens on this port. */
export const operatorConfig = (secrets: Secrets, port: number, erasureLedger: string): OperatorConfig => {
  const keys = Keys.parse(secrets.settings)
  return {
    databaseUrl: url('pramaan_app', secrets.postgres.app, port, 'pramaan'),
    keys: keyMaterialOf(keys),
    auditOrigin: auditOrigin(secrets),
    erasureLedger,
  }
}

/** The name of its audit log. */
export const auditOrigin = (secrets: Secrets): string => Origin.parse(secrets.settings).AUDIT_ORIGIN

/** The running embedded installation in a folder. @throws Error when it does not run */
export async function runningInstallation(dataDir: string) {
  const cluster = join(dataDir, 'postgres')
  const secrets = readSecrets(join(dataDir, 'secrets.json'))
  const port = await portOf(cluster).catch(() => {
    throw new Error(`no PostgreSQL runs on ${cluster}: start the installation first (npm start)`)
  })
  return { cluster, secrets, port }
}
