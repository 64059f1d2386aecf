import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proveInclusion, sealLog, verifierKey, verifyDatabase } from '@pramaan/core/audit'
import { loadKeys } from '@pramaan/core/platform/crypto'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import { createDb } from '@pramaan/db'
import { readVerifierKey } from '@pramaan/verifier'
import { provideDatabase, startPostgres } from '../embedded/postgres.ts'

/**
 * `node scripts/bench/audit.ts [entries]`: how fast the audit log is sealed, verified and proven from, on a PostgreSQL of
 * its own that flushes to disk.
 */
const entries = Number(process.argv[2] ?? 100_000)
const BATCH = 5_000
const ADVISORS = 200
const PROOFS = 500
const origin = 'bench.test/audit'
const say = (text: string) => process.stdout.write(`${text}\n`)
const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

const folder = mkdtempSync(join(tmpdir(), 'pramaan-bench-audit-'))
chmodSync(folder, 0o755)
const server = await startPostgres({ folder, superuserPassword: 'super', durable: true })
try {
  await provideDatabase(server.url('postgres', 'super', 'postgres'), 'pramaan', [
    { name: 'pramaan_owner', password: 'owner' },
    { name: 'pramaan_app', password: 'app' },
  ])
  await migrateDatabase({ url: server.url('pramaan_owner', 'owner', 'pramaan'), folder: 'packages/db/migrations' })
  const url = server.url('pramaan_app', 'app', 'pramaan')
  const db = createDb({ url, max: 8, statementTimeoutMs: 600_000 })
  const keys = await loadKeys(db, {
    keyring: [{ id: 'k1', secret: randomBytes(32) }],
    signingKey: generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
  })
  const ctx = { db, keys, settings: { auditOrigin: origin } }
  let sealing = 0
  let longest = 0
  for (let written = 0; written < entries; written += BATCH) {
    await db.pool.query(
      `insert into audit_entries (advisor_id, actor_id, action, object_type, object_id, body)
       select md5((n % $2)::text)::uuid, md5(n::text)::uuid, 'content.created', 'content', md5((n * 3)::text),
         jsonb_build_object('actor', jsonb_build_object('kind', 'user', 'role', 'owner', 'sessionId', md5(n::text),
           'ipHash', md5((n * 7)::text)), 'requestId', md5((n * 11)::text), 'to', 'draft', 'outcome', 'done',
           'versionHash', md5((n * 5)::text) || md5(n::text))
       from generate_series($1::int, $1::int + ${BATCH} - 1) as n`,
      [written, ADVISORS],
    )
    const took = await secondsOf(() => sealLog(ctx))
    sealing += took
    longest = Math.max(longest, took)
  }
  say(
    `sealed    ${entries} entries, ${Math.round(entries / sealing)} a second; ${BATCH} at once in ${longest.toFixed(2)} s at most`,
  )
  const times: number[] = []
  for (let at = 0; at < PROOFS; at++) {
    times.push(1000 * (await secondsOf(() => proveInclusion(db, Math.floor((entries * at) / PROOFS), entries))))
  }
  times.sort((a, b) => a - b)
  say(
    `proofs    median ${times[PROOFS / 2]?.toFixed(1)} ms, 99th of 100 ${times[Math.floor(PROOFS * 0.99)]?.toFixed(1)} ms`,
  )
  await db.close()
  const logKeys = keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
  const trust = { origin, logKeys, witnessKeys: [], savedNotes: [] }
  let report: Awaited<ReturnType<typeof verifyDatabase>> | undefined
  const before = process.cpuUsage()
  const took = await secondsOf(async () => {
    report = await verifyDatabase(url, trust)
  })
  const { user, system } = process.cpuUsage(before)
  const cpu = ((user + system) / 1e6).toFixed(1)
  const peak = Math.round(process.resourceUsage().maxRSS / 1024)
  say(
    `verified  ${report?.size} entries: ${report?.outcome}, ${took.toFixed(1)} s (${cpu} s of this process on a core), ${peak} MB at the most in this process`,
  )
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
