import { createDb, schema } from '@pramaan/db'
import { readVerifierKey } from '@pramaan/verifier'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { testWorld } from '../../testing/index.ts'
import { sealLog, verifyDatabase } from './index.ts'
import { verifierKey } from './rules/signed-note.ts'

const world = await testWorld()
const { auditOrigin: origin } = world.ctx().settings
const KILLS = 100
const superuser = new pg.Client({ connectionString: world.adminUrl })
await superuser.connect()
afterAll(() => superuser.end())
const INSERT = `insert into audit_entries (action, object_type, object_id, body) values ('test.done', 'test', $1, '{}')`

/** Lets the event loop turn so many times: the sealer gets a step further with each. */
async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await new Promise((resolve) => setImmediate(resolve))
}

/** Cuts off everything that the sealer was doing, as its death would: the database hears no more of it. */
const killSealer = () =>
  superuser.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'sealer' and datname = current_database()`,
  )

test('a sealer that is killed a hundred times under load, at any step, loses nothing, doubles nothing and never forks', async () => {
  let writing = true
  let written = 0
  const writers = [1, 2, 3].map(async (writer) => {
    while (writing) {
      await world.product.acrossAdvisors.pool.query(INSERT, [`${writer}`])
      written += 1
    }
  })
  let killed = 0
  for (let round = 0; round < KILLS; round++) {
    const db = createDb({ url: `${world.url}?application_name=sealer`, max: 4 })
    // Connected beforehand, so that it is the sealing that is cut off and not the way to it.
    await Promise.all([1, 2].map(() => db.pool.query('select 1')))
    const sealing = sealLog({ ...world.ctx(), db }).then(
      () => 'finished',
      () => 'killed',
    )
    await turns(round % 20)
    await killSealer()
    if ((await sealing) === 'killed') killed += 1
    await db.close().catch(() => undefined)
  }
  writing = false
  await Promise.all(writers)
  await sealLog(world.ctx())
  expect(killed).toBeGreaterThan(0)
  const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
  const report = await verifyDatabase(world.url, { origin, logKeys, witnessKeys: [], savedNotes: [] })
  // One more than was written: a start writes the first entry.
  expect(report).toEqual({ outcome: 'ok', findings: [], total: 0, size: written + 1 })
  expect(await world.db.read.$count(schema.auditPending)).toBe(0)
}, 120_000)
