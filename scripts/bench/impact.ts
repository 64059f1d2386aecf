import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { getImpact, previewRules, requestImpact } from '@pramaan/core/compliance'
import { openOperator } from '@pramaan/core/deps'
import { createLog } from '@pramaan/core/platform/log'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import pg from 'pg'
import { provideDatabase, startPostgres } from '../embedded/postgres.ts'

/**
 * `node scripts/bench/impact.ts [texts]`: how fast a candidate pack is tried on everything that may be sent, with all of the
 * job's reading and writing, on a PostgreSQL of its own that flushes to disk. The texts are the labelled messages, each time
 * with another number at the end, so that no two are the same.
 */
const texts = Number(process.argv[2] ?? 100_000)
const ADVISORS = 200
const say = (text: string) => process.stdout.write(`${text}\n`)
const messages = ['samples-dev', 'samples-tune', 'frames', 'blind-dev', 'blind-held'].flatMap((name) =>
  readFileSync(`packages/core/src/compliance/rules/fixtures/${name}.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { text: string }).text),
)
const input = {
  licences: ['MFD'],
  channel: 'whatsapp',
  audience: 'public',
  language: null,
  publicationDate: '2026-11-22',
  advisor: { displayName: 'Bench', licences: [{ type: 'MFD', number: 'ARN-1' }], translations: {} },
}

const folder = mkdtempSync(join(tmpdir(), 'pramaan-bench-impact-'))
chmodSync(folder, 0o755)
const server = await startPostgres({ folder, superuserPassword: 'super', durable: true })
try {
  await provideDatabase(server.url('postgres', 'super', 'postgres'), 'pramaan', [
    { name: 'pramaan_owner', password: 'owner' },
    { name: 'pramaan_app', password: 'app' },
  ])
  await migrateDatabase({ url: server.url('pramaan_owner', 'owner', 'pramaan'), folder: 'packages/db/migrations' })
  await fill(server.url('postgres', 'super', 'pramaan'))
  await measure(server.url('pramaan_app', 'app', 'pramaan'))
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** Approved texts with a verdict each; triggers and foreign keys, which hold by construction, are not run. */
async function fill(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(`set session_replication_role = 'replica'`)
  const id = (salt: string) => `md5('${salt}' || n)::uuid`
  const advisor = `md5('advisor' || n % ${ADVISORS})::uuid`
  const from = `from generate_series(1, ${texts}) as n`
  await admin.query(`insert into contents (advisor_id, id, version_id, version_number, status, excerpt, created_by, updated_at)
    select ${advisor}, ${id('content')}, ${id('version')}, 1, 'approved', '', ${id('author')}, now() ${from}`)
  await admin.query(
    `insert into content_versions (advisor_id, id, content_id, number, text, channel, audience, hash, created_by)
     select ${advisor}, ${id('version')}, ${id('content')}, 1, ($1::text[])[1 + n % cardinality($1::text[])] || ' ' || n,
       'whatsapp', 'public', md5(n::text), ${id('author')} ${from}`,
    [messages],
  )
  await admin.query(
    `insert into verdicts (advisor_id, id, check_id, content_id, version_id, outcome, score, findings, obligations,
       rule_set_version, rule_set_digest, pack_digest, engine_version, stages, input, input_hash, ai_status, rendered_text)
     select ${advisor}, ${id('verdict')}, ${id('check')}, ${id('content')}, ${id('version')}, 'clean', 0, '[]', '[]', '1',
       '', '', '1', '[]', $1, '', 'off', '' ${from}`,
    [JSON.stringify(input)],
  )
  await admin.query('analyze')
  await admin.end()
}

async function measure(databaseUrl: string): Promise<void> {
  const operator = await openOperator(
    {
      databaseUrl,
      keys: {
        keyring: [{ id: 'k1', secret: randomBytes(32) }],
        signingKey: generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
      },
      auditOrigin: 'bench.test/audit',
      erasureLedger: join(folder, 'erasures.ndjson'),
    },
    createLog({ level: 'warn', name: 'bench' }),
  )
  const system = operator.context()
  const userId = system.newId()
  const admin = {
    ...system,
    actor: { kind: 'user' as const, userId, role: 'admin' as const, memberRole: null, sessionId: userId },
  }
  const { id } = await requestImpact(admin, { version: 'bench' })
  const [busy] = loadavg()
  const cpu = process.cpuUsage()
  const began = performance.now()
  let slices = 0
  for (let running = true; running; slices++) {
    await previewRules(system, { impactId: id })
    running = (await getImpact(admin, { id, limit: 1 })).impact.state === 'running'
  }
  const seconds = (performance.now() - began) / 1000
  const { user, system: kernel } = process.cpuUsage(cpu)
  const { impact } = await getImpact(admin, { id, limit: 1 })
  const length = Math.round(messages.reduce((sum, message) => sum + message.length, 0) / messages.length)
  say(
    `impact    ${impact.judged} texts of ${length} characters in ${seconds.toFixed(1)} s: ${Math.round(impact.judged / seconds)} a second, ` +
      `${((user + kernel) / 1e3 / impact.judged).toFixed(2)} ms of processor each, ${slices} slices`,
  )
  say(`          ${availableParallelism()} threads, ${impact.stricter} flips written, load before ${busy?.toFixed(1)}`)
  await operator.close()
}
