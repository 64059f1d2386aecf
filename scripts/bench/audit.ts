import { loadavg } from 'node:os'
import { proveInclusion, sealLog, verifierKey, verifyDatabase } from '@pramaan/core/audit'
import { readVerifierKey } from '@pramaan/verifier'
import { auditDatabase, BENCH_LOG, peakMegabytes, secondsOf } from './audit-database.ts'

/**
 * `node scripts/bench/audit.ts [entries]`: how fast the audit log is sealed, verified and proven from, on a PostgreSQL of
 * its own that flushes to disk.
 */
const entries = Number(process.argv[2] ?? 100_000)
const BATCH = 5_000
const ADVISORS = 200
const PROOFS = 500
const say = (text: string) => process.stdout.write(`${text}\n`)

const { url, db, keys, close } = await auditDatabase()
try {
  const everyFirm = db.acrossAdvisors.pool
  const ctx = { db, keys, settings: { auditOrigin: BENCH_LOG } }
  let sealing = 0
  let longest = 0
  for (let written = 0; written < entries; written += BATCH) {
    await everyFirm.query(
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
  const logKeys = keys.publicKeys.map((key) => readVerifierKey(verifierKey(BENCH_LOG, key)))
  const trust = { origin: BENCH_LOG, logKeys, witnessKeys: [], savedNotes: [] }
  let report: Awaited<ReturnType<typeof verifyDatabase>> | undefined
  const before = process.cpuUsage()
  const took = await secondsOf(async () => {
    report = await verifyDatabase(url, trust)
  })
  const { user, system } = process.cpuUsage(before)
  const cpu = ((user + system) / 1e6).toFixed(1)
  say(
    `verified  ${report?.size} entries: ${report?.outcome}, ${took.toFixed(1)} s (${cpu} s of this process on a core), ${peakMegabytes()} MB at the most in this process`,
  )
  say(`load      ${loadavg()[0]?.toFixed(1)} of the machine in the last minute`)
} finally {
  await close()
}
