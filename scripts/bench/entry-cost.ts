import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { createContent } from '@pramaan/core/content'
import type { Ctx } from '@pramaan/core/platform/context'
import { newId } from '@pramaan/core/platform/ids'
import type { Db, Tx } from '@pramaan/db'
import { createDb } from '@pramaan/db'
import pg from 'pg'
import { auditDatabase } from './audit-database.ts'

/**
 * `node scripts/bench/entry-cost.ts [writes]`: what the audit entries cost `content.create`, as the share of PostgreSQL's own
 * CPU time. The product's command runs on three databases that take turns block by block, so that what else runs on the
 * machine meets them alike: with its two entries, with entries but without the question at commit, and with neither.
 */
const writes = Number(process.argv[2] ?? 3_000)
const BLOCK = 10
const WARM_UP = 10
const NS_PER_US = 1_000
const TEXT = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const NO_QUESTION = ['contents', 'content_versions'].map((table) => `alter table ${table} disable trigger audited;`)

/** The statement of the jobs alone, without a part for entries. */
const JOBS = {
  name: 'jobs_append',
  text: `insert into outbox (queue, payload, start_after, group_id)
    select queue, payload, start_after, group_id from jsonb_to_recordset($1::jsonb)
      as t (queue text, payload jsonb, start_after timestamptz, group_id text)`,
}

/** One of the databases: writes texts on one connection, and knows what that connection cost its server. */
async function openLane(change: string, without: (db: Db) => Db) {
  const { close, ownerUrl, url, keys } = await auditDatabase()
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  const advisorId = newId()
  await owner.query(`insert into advisors (id, display_name, tier) values ($1, 'Bench Advisory', 'pro')`, [advisorId])
  await owner.query(change)
  // Four are the fewest, of which transactions have one.
  const database = createDb({ url, max: 4 })
  const db = without(database.forAdvisor(advisorId))
  const { rows } = await db.pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const actor = { kind: 'user', userId: newId(), role: 'advisor', memberRole: 'owner', sessionId: newId() }
  const [wakeRelay, now] = [() => undefined, () => new Date()]
  const ctx = { actor, advisorId, tier: 'pro', ip: '192.0.2.1', db, keys, wakeRelay, now, newId }
  return {
    /** @returns the CPU time of the server in microseconds, for one text */
    async block(): Promise<number> {
      const before = cpuNs(rows[0]?.pid ?? 0)
      for (let at = 0; at < BLOCK; at++)
        await createContent({ ...ctx, requestId: newId() } as unknown as Ctx, { content: TEXT, submit: true })
      return (cpuNs(rows[0]?.pid ?? 0) - before) / BLOCK / NS_PER_US
    },
    /** As sealer and relay do, so that what waits stays short. */
    tidy: () => owner.query('delete from audit_pending; delete from outbox'),
    async close() {
      await Promise.all([owner.end(), database.close()])
      await close()
    },
  }
}

/** Leaves the entries out of what a command appends. */
const withoutEntries = (db: Db): Db => ({
  ...db,
  transaction: (body, last) =>
    db.transaction(body, (tx, result) => {
      const query = (statement: pg.QueryConfig) =>
        tx.$client.query(
          statement.name === 'consequences_append' ? { ...JOBS, values: [statement.values?.[1]] } : statement,
        )
      return last?.(Object.create(tx, { $client: { value: { query } } }) as Tx, result) ?? []
    }),
})

const cpuNs = (pid: number): number => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0])

const asItIs = (db: Db) => db
const lanes = [
  await openLane('select', asItIs),
  await openLane(NO_QUESTION.join(''), asItIs),
  await openLane(NO_QUESTION.join(''), withoutEntries),
]
try {
  const times: number[][] = []
  for (let at = -WARM_UP; at < writes / BLOCK; at++) {
    const round: number[] = []
    for (const lane of lanes) {
      round.push(await lane.block())
      await lane.tidy()
    }
    if (at >= 0) times.push(round)
  }
  const quantile = (values: number[], share: number) =>
    values.sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
  const line = (name: string, micros: (full: number, entry: number, bare: number) => number) => {
    const of = (share: number, values: number[]) => quantile(values, share).toFixed(share === 0.5 ? 1 : 0)
    const cost = times.map(([full = 0, entry = 0, bare = 0]) => micros(full, entry, bare))
    const parts = times.map(([full = 0, entry = 0, bare = 0]) => (100 * micros(full, entry, bare)) / full)
    const spread = `${of(0.25, parts)} to ${of(0.75, parts)} % of a write in half of the blocks`
    process.stdout.write(`${name.padEnd(10)}${of(0.5, cost)} µs, ${of(0.5, parts)} % (${spread})\n`)
  }
  const whole = times.map(([full = 0]) => full)
  process.stdout.write(`write     ${quantile(whole, 0.5).toFixed(1)} µs with all\n`)
  line('audit', (full, _, bare) => full - bare)
  line('entries', (_, entry, bare) => entry - bare)
  line('question', (full, entry) => full - entry)
  process.stdout.write(`load      ${loadavg()[0]?.toFixed(1)} of the machine in the last minute\n`)
} finally {
  for (const lane of lanes) await lane.close()
}
