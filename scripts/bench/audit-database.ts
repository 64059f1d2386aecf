import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadKeys } from '@pramaan/core/platform/crypto'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import { createDb } from '@pramaan/db'
import { provideDatabase, startPostgres } from '../embedded/postgres.ts'

/** The name of the log that is measured. */
export const BENCH_LOG = 'bench.test/audit'

/** A migrated PostgreSQL of its own that flushes to disk, with fresh keys; `close` stops and removes it. */
export async function auditDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-bench-audit-'))
  chmodSync(folder, 0o755)
  const server = await startPostgres({ folder, superuserPassword: 'super', durable: true })
  await provideDatabase(server.url('postgres', 'super', 'postgres'), 'pramaan', [
    { name: 'pramaan_owner', password: 'owner' },
    { name: 'pramaan_app', password: 'app' },
  ])
  const ownerUrl = server.url('pramaan_owner', 'owner', 'pramaan')
  await migrateDatabase({ url: ownerUrl, folder: 'packages/db/migrations' })
  const url = server.url('pramaan_app', 'app', 'pramaan')
  const db = createDb({ url, max: 8, statementTimeoutMs: 600_000 })
  const keys = await loadKeys(db, {
    keyring: [{ id: 'k1', secret: randomBytes(32) }],
    signingKey: generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
  })
  return {
    url,
    ownerUrl,
    db,
    keys,
    async close() {
      await db.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** How long a piece of work took. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/** The most memory that this process has had, in megabytes. */
export const peakMegabytes = (): number => Math.round(process.resourceUsage().maxRSS / 1024)
