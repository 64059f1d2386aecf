import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import { startEmulators } from '../embedded/emulators.ts'
import { provideDatabase, startPostgres } from '../embedded/postgres.ts'
import { chooseRedis, startRedis } from '../embedded/redis.ts'
import { readSecrets } from '../embedded/secrets.ts'

const MIGRATIONS = fileURLToPath(new URL('../../packages/db/migrations', import.meta.url))

/** A private PostgreSQL, set up as `npm start` does and flushing to disk, and a private Redis. */
export interface BenchWorld {
  folder: string
  /** Every setting that a process of ours needs, but for its port. */
  env: Record<string, string>
  /** As PostgreSQL's superuser: for filling tables and emptying them, never for what is measured. */
  adminUrl: string
  redisUrl: string
  redis: string
  pids: { postgres: number; redis: number }
  /** Stops both; the data goes with them unless it is to be kept. */
  stop(): Promise<void>
}

export async function startWorld(options: { folder: string | null; keep: boolean }): Promise<BenchWorld> {
  const folder = resolve(options.folder ?? mkdtempSync(join(tmpdir(), 'pramaan-bench-')))
  mkdirSync(folder, { recursive: true })
  const secrets = readSecrets(folder)
  const { superuser, owner, app } = secrets.postgres
  const [postgres, redis] = await Promise.all([
    startPostgres({ folder, superuserPassword: superuser, durable: true }),
    startSomeRedis(folder, secrets.settings),
  ])
  await provideDatabase(postgres.url('postgres', superuser, 'postgres'), 'pramaan', [
    { name: 'pramaan_owner', password: owner },
    { name: 'pramaan_app', password: app },
  ])
  const ownerUrl = postgres.url('pramaan_owner', owner, 'pramaan')
  await migrateDatabase({ url: ownerUrl, folder: MIGRATIONS })
  return {
    folder,
    env: {
      ...secrets.settings,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      PUBLIC_URL: 'http://127.0.0.1:8787',
      DATA_DIR: folder,
      MIGRATIONS_DIR: MIGRATIONS,
      DATABASE_URL: postgres.url('pramaan_app', app, 'pramaan'),
      REDIS_URL: redis.url,
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'Pramaan <no-reply@pramaan.test>',
      AUDIT_ORIGIN: 'pramaan.test/audit',
      RAZORPAY_ACCOUNT_ID: 'acc_Bench000000000',
      SUPPLIER_NAME: 'Pramaan Test Private Limited',
      SUPPLIER_ADDRESS: '1 Residency Road, Bengaluru 560025',
      SUPPLIER_GSTIN: '29AAAAA0000A1Z5',
    },
    adminUrl: postgres.url('postgres', superuser, 'pramaan'),
    redisUrl: redis.url,
    redis: redis.description,
    pids: { postgres: postgres.guarded.pid, redis: redis.pid },
    async stop() {
      await Promise.all([postgres.stop(), redis.stop()])
      if (!options.keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startSomeRedis(folder: string, settings: Record<string, string>) {
  const choice = chooseRedis({ EMBEDDED_REDIS: process.env.EMBEDDED_REDIS })
  if (choice.kind === 'server') {
    const server = await startRedis(choice.program)
    return { url: server.url, pid: server.guarded.pid, description: choice.program, stop: server.stop }
  }
  const emulators = await startEmulators({ ...settings, MAIL_DIR: folder, REDIS_PORT: '0' })
  return {
    url: String(emulators.redis),
    pid: emulators.program.pid,
    description: choice.description,
    stop: emulators.stop,
  }
}
