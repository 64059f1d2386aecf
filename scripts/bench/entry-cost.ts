import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import pg from 'pg'
import { auditDatabase } from './audit-database.ts'

/**
 * `node scripts/bench/entry-cost.ts [writes]`: what the audit entry costs a content write, as the share of PostgreSQL's own
 * CPU time: the entry with its place among those that wait, and the question at commit whether there is one. Blocks with
 * and without take turns, so that what else runs on the machine meets both.
 */
const writes = Number(process.argv[2] ?? 4_000)
const BLOCKS = 10
const MS_PER_TICK = 10
const AUDITED = ['contents', 'content_versions', 'compliance_checks']

const { close, ownerUrl, url } = await auditDatabase()
const owner = new pg.Client({ connectionString: ownerUrl })
const app = new pg.Client({ connectionString: url, options: '-c pramaan.advisor_id=*' })
await Promise.all([owner.connect(), app.connect()])
try {
  const advisorId = randomUUID()
  await owner.query(`insert into advisors (id, display_name) values ($1, 'Bench Advisory')`, [advisorId])
  const { rows } = await app.query<{ pid: number }>('select pg_backend_pid() as pid')
  const cpuMs = () => ticksOf(rows[0]?.pid ?? 0) * MS_PER_TICK
  const shares: number[] = []
  const block = async (audited: boolean): Promise<number> => {
    for (const table of AUDITED)
      await owner.query(`alter table ${table} ${audited ? 'enable' : 'disable'} trigger audited`)
    const before = cpuMs()
    for (let at = 0; at < writes / BLOCKS; at++) await write(advisorId, audited)
    return cpuMs() - before
  }
  await block(true)
  await block(false)
  for (let at = 0; at < BLOCKS; at++) {
    const [with_, without] = [await block(true), await block(false)]
    // As the sealer does, so that what waits stays short.
    await owner.query('delete from audit_pending')
    shares.push((with_ - without) / with_)
  }
  shares.sort((a, b) => a - b)
  const percent = (share = 0) => `${(100 * share).toFixed(1)} %`
  const [low, median, high] = [shares[1], shares[BLOCKS / 2], shares[BLOCKS - 2]].map(percent)
  process.stdout.write(`audit     ${median} of PostgreSQL's time of a content write (${low} to ${high})\n`)
  process.stdout.write(`load      ${loadavg()[0]?.toFixed(1)} of the machine in the last minute\n`)
} finally {
  await Promise.all([owner.end(), app.end()])
  await close()
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** The statements of `content.create` with `submit`, prepared as there. */
async function write(advisorId: string, audited: boolean): Promise<void> {
  const [content, version, check] = [randomUUID(), randomUUID(), randomUUID()]
  const text = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
  const statement = (name: string, sql: string, values: unknown[]) => app.query({ name, text: sql, values })
  await app.query('begin')
  await statement(
    'content',
    `insert into contents (advisor_id, id, status, version_id, version_number, excerpt, created_by, updated_at)
     values ($1, $2, 'checking', $3, 1, $4, $1, now())`,
    [advisorId, content, version, text],
  )
  await statement(
    'version',
    `insert into content_versions (advisor_id, id, content_id, number, text, channel, audience, hash, created_by)
     values ($1, $2, $3, 1, $4, 'whatsapp', 'clients', $5, $1)`,
    [advisorId, version, content, text, 'ab'.repeat(32)],
  )
  await statement(
    'check',
    `insert into compliance_checks (advisor_id, id, content_id, version_id, updated_at) values ($1, $2, $3, $4, now())`,
    [advisorId, check, content, version],
  )
  await statement(
    'job',
    `insert into outbox (queue, payload) values ('compliance.run-stage', jsonb_build_object('data', $1::text))`,
    [check],
  )
  if (audited) {
    await statement(
      'entries',
      `insert into audit_entries (advisor_id, actor_id, action, object_type, object_id, body)
       select advisor_id, actor_id, action, object_type, object_id, body from jsonb_to_recordset($1::jsonb)
         as t (advisor_id uuid, actor_id uuid, action text, object_type text, object_id text, body jsonb)`,
      [entryOf(advisorId, content)],
    )
  }
  await app.query('commit')
}

function entryOf(advisorId: string, content: string): string {
  const actor = { kind: 'user', role: 'owner', sessionId: advisorId, onBehalfOf: advisorId, ipHash: 'x'.repeat(43) }
  const body = { actor, requestId: content, to: 'checking', versionHash: 'ab'.repeat(32), outcome: 'done' }
  const about = { action: 'content.created', object_type: 'content', object_id: content }
  return JSON.stringify([{ advisor_id: advisorId, actor_id: advisorId, ...about, body }])
}
