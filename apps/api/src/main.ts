import { readFile } from 'node:fs/promises'
import { configOf, createDeps } from '@pramaan/core/deps'
import { inviteFirstAdmin, seedDemo } from '@pramaan/core/identity'
import { newId } from '@pramaan/core/platform/ids'
import { createLog } from '@pramaan/core/platform/log'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import { createApp } from './app.ts'
import { processEnv } from './env.ts'
import { listen } from './server.ts'

const DRAIN_MS = 10_000

const env = processEnv()
const log = createLog({ level: env.LOG_LEVEL, name: 'api' })
if (env.DATABASE_MIGRATE_URL) {
  await migrateDatabase({ url: env.DATABASE_MIGRATE_URL, folder: env.MIGRATIONS_DIR })
}
const deps = await createDeps(configOf(env), log)
const atStart = () => {
  const actor = { kind: 'system', name: 'start' } as const
  return deps.context({ actor, advisorId: null, requestId: newId(), ip: null })
}
if (env.SEED_DEMO) await seedDemo(atStart())
if (env.FIRST_ADMIN_EMAIL) await inviteFirstAdmin(atStart(), env.FIRST_ADMIN_EMAIL)
const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
const app = createApp({
  deps,
  processMetrics: true,
  settings: {
    publicUrl: env.PUBLIC_URL,
    corsOrigins: env.CORS_ORIGINS,
    trustedProxies: env.TRUSTED_PROXIES,
    compression: env.COMPRESSION,
    metricsToken: env.METRICS_TOKEN ?? null,
    embedded: env.EMBEDDED,
    dataDir: env.DATA_DIR,
    migrationsDir: env.MIGRATIONS_DIR,
    version: (JSON.parse(manifest) as { version: string }).version,
  },
})
const listening = await listen(app, { port: env.PORT, host: env.HOST })
log.info({ url: listening.url }, 'listening')
process.send?.('ready')

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await listening.drain(DRAIN_MS)
  await deps.close()
  log.info('stopped')
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
process.on('disconnect', () => void stop())
