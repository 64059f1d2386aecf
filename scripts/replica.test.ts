import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readReplicaLag } from '@pramaan/core/analytics'
import { newId } from '@pramaan/core/platform/ids'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import { createDb, type Queries, ReplicaAway, schema } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, expect, test, vi } from 'vitest'
import { EVERYBODY, NOBODY, reachOf } from '../packages/db/src/reach.ts'
import { openReports } from '../packages/db/src/reports.ts'
import { provideDatabase, startPostgres } from './embedded/postgres.ts'
import { startReplica } from './embedded/replica.ts'

const { advisors } = schema
const MIGRATIONS = fileURLToPath(new URL('../packages/db/migrations', import.meta.url))
const PASSWORD = 'of-the-test'
const LIMIT_MS = 60_000

const folder = mkdtempSync(join(tmpdir(), 'pramaan-replica-'))
// PostgreSQL does not run as root, and has to pass through.
chmodSync(folder, 0o755)
const folders = { primary: join(folder, 'primary'), replica: join(folder, 'replica') }
const archive = { archive_mode: 'on', archive_command: 'true', wal_keep_size: '256MB' }
const primary = await startPostgres({
  folder: folders.primary,
  superuserPassword: PASSWORD,
  durable: false,
  settings: { ...archive, log_statement: 'all' },
})
await provideDatabase(primary.url('postgres', PASSWORD, 'postgres'), 'pramaan', [
  { name: 'pramaan_owner', password: PASSWORD },
  { name: 'pramaan_app', password: PASSWORD },
])
await migrateDatabase({ url: primary.url('pramaan_owner', PASSWORD, 'pramaan'), folder: MIGRATIONS })
const superuser = new pg.Client({ connectionString: primary.url('postgres', PASSWORD, 'pramaan') })
superuser.on('error', () => undefined)
await superuser.connect()
// The three lines of docs/runbooks/replica.md.
await superuser.query(`alter role pramaan_reader login password '${PASSWORD}'`)
await superuser.query('grant pg_read_all_stats to pramaan_reader')
/** An idle primary is heard of within half of `wal_receiver_timeout`. */
const following = { wal_receiver_timeout: '1s', log_statement: 'all', max_connections: '100' }
const startAgain = () =>
  startPostgres({
    folder: folders.replica,
    superuserPassword: PASSWORD,
    durable: false,
    settings: following,
    port: replica.port,
  })
let replica = await startReplica({
  primary,
  primaryFolder: folders.primary,
  folder: folders.replica,
  superuserPassword: PASSWORD,
  settings: following,
})

const urls = {
  app: primary.url('pramaan_app', PASSWORD, 'pramaan'),
  reader: replica.url('pramaan_reader', PASSWORD, 'pramaan'),
}
const errors: string[] = []
const db = createDb({ url: urls.app, replicaUrl: urls.reader, max: 8, onError: ({ message }) => errors.push(message) })
afterAll(async () => {
  await db.close()
  await superuser.end()
  await Promise.all([primary.stop(), replica.stop()])
  rmSync(folder, { recursive: true, force: true })
}, LIMIT_MS)

/** A firm, by the owner of the schema; when its transaction was surely over, by the clock of the primary. */
async function makeFirm(): Promise<{ id: string; committedAt: Date }> {
  const id = newId()
  await superuser.query('insert into advisors (id, display_name) values ($1, $2)', [id, 'Verma Advisory'])
  const { rows } = await superuser.query<{ now: Date }>('select clock_timestamp() as now')
  return { id, committedAt: rows[0]?.now ?? new Date() }
}

const idsOf = async (queries: Queries) => (await queries.select({ id: advisors.id }).from(advisors)).map(({ id }) => id)
/** How long a statement of a report may take. */
const limitOf = async (queries: Queries) =>
  (await queries.execute<{ limit: string }>(sql`select current_setting('statement_timeout') as limit`)).rows[0]?.limit
const said = (server: keyof typeof folders) => readFileSync(join(folders[server], 'postgres.log'), 'utf8')

/** Reports of a process of its own, whose clock the test moves. */
function otherReports(replicaUrl: string) {
  let time = 0
  const heard: string[] = []
  const reports = openReports({
    primary: { connectionString: urls.app },
    replica: { connectionString: replicaUrl },
    size: 2,
    onError: ({ message }) => heard.push(message),
    now: () => time,
  })
  return {
    ...reports,
    heard,
    later: (ms: number) => {
      time += ms
    },
  }
}

test('reports go to the replica as the role that reads, and the primary sees none of their statements', async () => {
  const firm = await makeFirm()
  await vi.waitFor(async () => expect((await db.acrossAdvisors.report(idsOf)).result).toContain(firm.id), LIMIT_MS)
  const mark = newId()
  const { source, result } = await db.forAdvisor(firm.id).report(async (queries) => {
    const { rows } = await queries.execute(sql`select current_user as name, ${mark} as mark`)
    return { rows, ids: await idsOf(queries), limit: await limitOf(queries) }
  })
  expect({ source, result }).toEqual({
    source: 'replica',
    result: { rows: [{ name: 'pramaan_reader', mark }], ids: [firm.id], limit: '15s' },
  })
  await db.forAdvisor(firm.id).read.execute(sql`select ${`commanded-${mark}`}`)
  expect(said('replica')).toContain(mark)
  await vi.waitFor(() => expect(said('primary')).toContain(`commanded-${mark}`))
  expect(said('primary')).not.toContain(`'${mark}'`)
  const { rows } = await superuser.query(`select from pg_stat_activity where usename = 'pramaan_reader'`)
  expect(rows).toEqual([])
})

test('a report on the replica sees the firm it is for, reads nothing personal and writes nothing', async () => {
  expect((await db.report(idsOf)).result).toEqual([])
  const reading = db.acrossAdvisors.report((queries) => queries.execute(sql`select email from users`))
  await expect(reading).rejects.toMatchObject({ cause: { code: '42501' } })
  const writing = db.acrossAdvisors.report((queries) => queries.update(advisors).set({ displayName: 'written' }))
  await expect(writing).rejects.toMatchObject({ cause: { code: '25006' } })
})

test('while firms are written, a report misses none that was committed before the moment it names', async () => {
  const written: { id: string; committedAt: Date }[] = []
  let done = false
  const writing = (async () => {
    while (!done) written.push(await makeFirm())
  })()
  try {
    for (let compared = 0; compared <= 200; ) {
      const { asOf, result } = await db.acrossAdvisors.report(idsOf)
      const found = new Set(result)
      const due = written.filter(({ committedAt }) => committedAt < asOf)
      compared += due.length
      expect(due.filter(({ id }) => !found.has(id))).toEqual([])
    }
  } finally {
    done = true
    await writing
  }
})

test('a replica that is held up names the moment at which it stopped', async () => {
  const onReplica = new pg.Client({ connectionString: replica.url('postgres', PASSWORD, 'pramaan') })
  await onReplica.connect()
  try {
    await onReplica.query('select pg_wal_replay_pause()')
    await vi.waitFor(async () => {
      const { rows } = await onReplica.query(`select pg_get_wal_replay_pause_state() as state`)
      expect(rows).toEqual([{ state: 'paused' }])
    }, LIMIT_MS)
    const late = await makeFirm()
    // The receiver has it, and the log is not played: only then the time stands still.
    await vi.waitFor(async () => {
      const { rows } = await onReplica.query('select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn() as waits')
      expect(rows).toEqual([{ waits: true }])
    }, LIMIT_MS)
    const held = await db.acrossAdvisors.report(idsOf)
    expect(held.result).not.toContain(late.id)
    expect(held.asOf.getTime()).toBeLessThan(late.committedAt.getTime())
    const lag = async () => (await readReplicaLag(db)) ?? 0
    const before = await lag()
    await expect.poll(lag, { timeout: LIMIT_MS }).toBeGreaterThan(before + 100)
    await onReplica.query('select pg_wal_replay_resume()')
    await vi.waitFor(async () => {
      const { asOf, result } = await db.acrossAdvisors.report(idsOf)
      expect(result).toContain(late.id)
      expect(asOf.getTime()).toBeGreaterThan(held.asOf.getTime())
    }, LIMIT_MS)
  } finally {
    await onReplica.end()
  }
})

test('while the primary has nothing to do, the moment moves on all the same', async () => {
  const { committedAt } = await makeFirm()
  const beyond = committedAt.getTime() + 500
  const asOf = async () => (await db.report(idsOf)).asOf.getTime()
  await expect.poll(asOf, { timeout: LIMIT_MS }).toBeGreaterThan(beyond)
})

test('a server that follows no other, and a role that sees all firms, are not believed', async () => {
  const itself = otherReports(primary.url('pramaan_reader', PASSWORD, 'pramaan'))
  await expect(itself.run(EVERYBODY, idsOf)).rejects.toThrow('follows no other')
  const unwalled = otherReports(replica.url('postgres', PASSWORD, 'pramaan'))
  await expect(unwalled.run(EVERYBODY, idsOf)).rejects.toThrow('row-level security does not hold')
  await Promise.all([itself.close(), unwalled.close()])
})

test('while the replica is away the primary stands in for one firm, what looks over all is refused, and it is found back', async () => {
  const firm = await makeFirm()
  const reports = otherReports(urls.reader)
  expect((await reports.run(EVERYBODY, idsOf)).source).toBe('replica')
  await replica.stop()
  await expect(reports.run(EVERYBODY, idsOf)).rejects.toThrow(ReplicaAway)
  expect(await reports.run(reachOf(firm.id), idsOf)).toMatchObject({ source: 'primary', result: [firm.id] })
  expect(await readReplicaLag({ report: (read) => reports.run(NOBODY, read) })).toBeNull()
  expect(await reports.run(reachOf(firm.id), limitOf)).toMatchObject({ source: 'primary', result: '2s' })
  replica = await startAgain()
  await expect(reports.run(EVERYBODY, idsOf)).rejects.toThrow(ReplicaAway)
  await vi.waitFor(async () => {
    reports.later(10_000)
    expect((await reports.run(reachOf(firm.id), idsOf)).source).toBe('replica')
  }, LIMIT_MS)
  expect(reports.heard).toHaveLength(1)
  await reports.close()
})

test('while the primary is away the replica answers, and the moment stands still', async () => {
  const { id } = await makeFirm()
  await vi.waitFor(async () => {
    const { result, source } = await db.acrossAdvisors.report(idsOf)
    expect(source).toBe('replica')
    expect(result).toContain(id)
  }, LIMIT_MS)
  await primary.stop()
  const first = await db.acrossAdvisors.report(idsOf)
  const onReplica = new pg.Client({ connectionString: replica.url('postgres', PASSWORD, 'pramaan') })
  await onReplica.connect()
  await vi.waitFor(async () => {
    const { rows } = await onReplica.query(`select from pg_stat_wal_receiver where status = 'streaming'`)
    expect(rows).toEqual([])
  }, LIMIT_MS)
  await onReplica.end()
  const [cut, later] = [await db.acrossAdvisors.report(idsOf), await db.acrossAdvisors.report(idsOf)]
  expect(cut.source).toBe('replica')
  expect(cut.result).toContain(id)
  expect(later.asOf).toEqual(cut.asOf)
  expect(cut.asOf.getTime()).toBeLessThanOrEqual(first.asOf.getTime())
})
