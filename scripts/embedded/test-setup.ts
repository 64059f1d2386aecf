import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import '@pramaan/db/testing'
import '@pramaan/core/testing'
import type { TestProject } from 'vitest/node'
import { describeLeaks, findSecrets } from '../captured/find-secrets.ts'
import { type Emulators, startEmulators } from './emulators.ts'
import { type PostgresServer, provideDatabase, startPostgres } from './postgres.ts'
import { redisProgram, startRedis } from './redis.ts'

const MIGRATIONS = fileURLToPath(new URL('../../packages/db/migrations', import.meta.url))
const TEMPLATE = 'template_migrated'
const OWNER = { name: 'pramaan_owner', password: 'test-owner' }
const APP = { name: 'pramaan_app', password: 'test-app' }
const SUPERUSER = { name: 'postgres', password: 'test-superuser' }

/** Starts what tests talk to, once for a run: PostgreSQL with a migrated template, Redis, and the vendors' doubles. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-test-'))
  chmodSync(folder, 0o755)
  const mailDir = join(folder, 'mail')
  const captured = join(folder, 'captured')
  mkdirSync(captured)
  project.provide('captured', captured)
  const program = redisProgram()
  const [postgres, redis, emulators] = await Promise.all([
    startDatabase(folder),
    program ? startRedis(program) : null,
    startDoubles(mailDir),
  ])
  project.provide('postgres', {
    host: '127.0.0.1',
    port: postgres.port,
    superuser: `${SUPERUSER.name}:${SUPERUSER.password}`,
    owner: `${OWNER.name}:${OWNER.password}`,
    app: `${APP.name}:${APP.password}`,
    template: TEMPLATE,
  })
  const standin = { kind: 'standin' as const, url: String(emulators.redis) }
  project.provide('redis', redis ? [{ kind: 'server' as const, url: redis.url }, standin] : [standin])
  const { razorpay, whatsapp, ai, smtp } = emulators
  project.provide('emulators', { razorpay, whatsapp, ai, smtp, mailDir })
  return async () => {
    await Promise.all([postgres.stop(), redis?.stop(), emulators.stop()])
    copyFileSync(join(folder, 'postgres.log'), join(captured, 'postgres.log'))
    const { leaks, lines, named } = findSecrets(captured)
    rmSync(folder, { recursive: true, force: true })
    if (leaks.length > 0) throw new Error(describeLeaks(leaks))
    process.stdout.write(`${lines} lines of logs hold no secret, and none of the ${named} that tests have named.\n`)
  }
}

async function startDatabase(folder: string): Promise<PostgresServer> {
  const server = await startPostgres({
    folder,
    superuserPassword: SUPERUSER.password,
    durable: false,
    settings: { autovacuum: 'off', max_connections: '300', shared_buffers: '128MB', scram_iterations: '1' },
  })
  await provideDatabase(server.url(SUPERUSER.name, SUPERUSER.password, 'postgres'), TEMPLATE, [OWNER, APP])
  const url = server.url(OWNER.name, OWNER.password, TEMPLATE)
  await migrateDatabase({ url, folder: MIGRATIONS })
  return server
}

function startDoubles(mailDir: string): Promise<Emulators> {
  return startEmulators({
    REDIS_PORT: '0',
    MAIL_DIR: mailDir,
    WHATSAPP_APP_ID: 'test-app-id',
    WHATSAPP_APP_SECRET: 'test-whatsapp',
    WHATSAPP_VERIFY_TOKEN: 'test-verify',
    WHATSAPP_AUTO: 'off',
  })
}
