import { startSealer } from '@pramaan/core/audit'
import { configOf, createDeps } from '@pramaan/core/deps'
import { createLog, describeError } from '@pramaan/core/platform/log'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import { createBoss } from '@pramaan/core/platform/queue'
import { startRelay } from '@pramaan/core/platform/relay'
import { processEnv } from './env.ts'
import { work } from './work.ts'

const DRAIN_MS = 10_000

const env = processEnv()
const log = createLog({ level: env.LOG_LEVEL, name: 'worker' })
if (env.DATABASE_MIGRATE_URL) {
  await migrateDatabase({ url: env.DATABASE_MIGRATE_URL, folder: env.MIGRATIONS_DIR })
}
const deps = await createDeps(configOf(env), log)
const boss = createBoss({
  url: env.DATABASE_URL,
  work: true,
  onError: (error) => log.error(describeError(error), 'the queue reported an error'),
})
await boss.start()
const relay = startRelay({ db: deps.db, boss, url: env.DATABASE_URL, log })
const sealer = startSealer(deps)
await work(deps, boss)
log.info('working')
process.send?.('ready')

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await boss.stop({ graceful: true, timeout: DRAIN_MS })
  await Promise.all([relay.stop(), sealer.stop()])
  await deps.close()
  log.info('stopped')
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
process.on('disconnect', () => void stop())
