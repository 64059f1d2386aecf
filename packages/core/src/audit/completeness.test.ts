import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'

const world = await testWorld()
/** It sees the rows of all firms: what is refused here, the want of an entry refuses. */
const app = new pg.Pool({ connectionString: world.url, options: '-c pramaan.advisor_id=*' })
afterAll(() => app.end())
const UNAUDITED = 'AU001'
const ENTRY = `insert into audit_entries (action, object_type, object_id, body) values ('test.changed', '', '', '{}')`

/** Statements of the app's role in one transaction. */
async function commit(...statements: string[]): Promise<void> {
  const client = await app.connect()
  try {
    for (const statement of ['begin', ...statements, 'commit']) await client.query(statement)
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

const tierOf = async (advisorId: string) =>
  (await app.query<{ tier: string }>('select tier from advisors where id = $1', [advisorId])).rows[0]?.tier

test('every table of the database asks for an entry, but for the log and what only carries things', async () => {
  const { rows } = await world.db.pool.query<{ name: string }>(
    `select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and not relispartition and not exists (select from pg_trigger where tgrelid = c.oid and tgname = 'audited')
     order by relname`,
  )
  const log = ['checkpoints', 'cosignatures', 'entries', 'exports', 'heads', 'leaves', 'nodes', 'pack_files', 'pending']
  const carriers = [
    'ai_allowances',
    'analytics_cursor',
    'analytics_days',
    'analytics_events',
    'analytics_exports',
    'analytics_findings',
    'analytics_messages',
    'analytics_rules',
    'analytics_texts',
    'churn_snapshots',
    'email_tokens',
    'event_pump',
    'idempotency_keys',
    'notification_settings',
    'outbox',
    'outgoing_messages',
    'plan_usage',
    'rate_windows',
    'razorpay_plans',
    'send_lanes',
    'tax_series',
    'webhook_events',
  ]
  expect(rows.map(({ name }) => name)).toEqual([...log.map((name) => `audit_${name}`), ...carriers].sort())
})

test('a change by SQL under the role of the app does not commit without an entry', async () => {
  const { advisorId, owner } = await makeAdvisor(world)
  const { contentId } = await createContent(owner(), { content: 'A text.', submit: false })
  const changes = [
    `update advisors set tier = 'pro' where id = '${advisorId}'`,
    `update contents set status = 'approved' where id = '${contentId}'`,
    `delete from data_keys where owner_id = '${advisorId}'`,
    `insert into advisors (id, display_name) values ('${randomUUID()}', 'Nobody')`,
  ]
  for (const change of changes) {
    await expect(commit(change), change).rejects.toMatchObject({ code: UNAUDITED })
    await expect(app.query(change), change).rejects.toMatchObject({ code: UNAUDITED })
  }
  const { rows } = await app.query(
    'select contents.status, tier from contents join advisors on advisors.id = advisor_id',
  )
  expect(rows).toEqual([{ status: 'draft', tier: 'basic' }])
  await commit(changes[0] ?? '', ENTRY)
})

test('the entry of an earlier transaction covers nothing, wherever it is said to lie', async () => {
  const { advisorId } = await makeAdvisor(world)
  const change = `update advisors set tier = 'pro' where id = '${advisorId}'`
  const client = await app.connect()
  await client.query(ENTRY)
  await expect(client.query(change)).rejects.toMatchObject({ code: UNAUDITED })
  client.release()
  const { rows } = await app.query<{ place: string }>('select ctid::text as place from audit_pending')
  expect(rows.length).toBeGreaterThan(0)
  for (const place of [...rows.map((row) => row.place), '(0,1)', '(9999,1)', '']) {
    const said = `select set_config('pramaan.entry', '${place}', true)`
    await expect(commit(said, change), place).rejects.toMatchObject({ code: UNAUDITED })
    await expect(commit(change, said), place).rejects.toMatchObject({ code: UNAUDITED })
  }
  await expect(commit(`set local pramaan.entry = 'nonsense'`, change)).rejects.toThrow()
  expect(await tierOf(advisorId)).toBe('basic')
})

test('an entry that was rolled back covers nothing, whenever and however often it was looked for', async () => {
  const { advisorId } = await makeAdvisor(world)
  const change = `update advisors set tier = 'pro' where id = '${advisorId}'`
  const [at, back, ask] = ['savepoint s', 'rollback to savepoint s', 'set constraints all immediate']
  const place = `select set_config('kept.place', current_setting('pramaan.entry'), false)`
  const put = `select set_config('pramaan.entry', current_setting('kept.place'), true)`
  const nested = `do $$ begin
      begin ${ENTRY}; raise exception 'undone'; exception when raise_exception then null; end;
      ${change};
    end $$`
  const ways = [
    [at, ENTRY, back, change],
    [change, at, ENTRY, back],
    // Asked while the entry stood: the answer goes with it.
    [change, at, ENTRY, ask, back],
    [at, ENTRY, ask, back, change],
    [change, at, ENTRY, ask, 'set constraints all deferred', back],
    [change, at, 'savepoint t', ENTRY, 'release savepoint t', ask, back],
    // Its place is remembered beyond it.
    [at, ENTRY, place, back, change, put],
    [at, ENTRY, place, back, put, change],
    [at, ENTRY, change, back, change],
    [nested],
    // The entry stands in the table, but no longer in the list of what has to be sealed.
    [change, ENTRY, 'delete from audit_pending where xact = pg_current_xact_id()'],
  ]
  for (const way of ways) await expect(commit(...way), way.join('; ')).rejects.toMatchObject({ code: UNAUDITED })
  expect(await tierOf(advisorId)).toBe('basic')
})

test('a change that outlives a savepoint is asked for, though the first one of its transaction was rolled back', async () => {
  const { advisorId } = await makeAdvisor(world)
  const change = (tier: string) => `update advisors set tier = '${tier}' where id = '${advisorId}'`
  const [at, back] = ['savepoint s', 'rollback to savepoint s']
  for (const way of [
    [at, change('pro'), back, change('standard')],
    [change('pro'), at, change('standard'), back],
    [at, change('pro'), 'release savepoint s', change('standard')],
    // Asked at once there is no entry yet, whatever follows.
    ['set constraints all immediate', change('pro'), ENTRY],
    [change('pro'), 'set constraints all immediate', ENTRY],
  ])
    await expect(commit(...way), way.join('; ')).rejects.toMatchObject({ code: UNAUDITED })
  expect(await tierOf(advisorId)).toBe('basic')
  await commit(at, change('pro'), back, ENTRY, change('standard'))
  await commit(at, ENTRY, 'release savepoint s', change('pro'), at, ENTRY, back)
  await commit(ENTRY, 'set constraints all immediate', change('standard'))
  expect(await tierOf(advisorId)).toBe('standard')
})

test('the settings of a session do not change the answer', async () => {
  const { advisorId } = await makeAdvisor(world)
  const change = `update advisors set tier = 'pro' where id = '${advisorId}'`
  const settings = [
    'set local enable_tidscan = off',
    'set local search_path = pg_temp',
    'set transaction isolation level serializable',
    'set local plan_cache_mode = force_generic_plan',
  ]
  const spoof = 'create temp table audit_pending (entry_id bigint, recorded_at timestamptz, xact xid8) on commit drop'
  const full = `insert into pg_temp.audit_pending values (1, now(), pg_current_xact_id())`
  const named = (sql: string) => sql.replace(/ (advisors|audit_entries) /, ' public.$1 ')
  for (const setting of settings) {
    await expect(commit(setting, named(change)), setting).rejects.toMatchObject({ code: UNAUDITED })
    await commit(setting, named(change), named(ENTRY))
  }
  await expect(
    commit('set local search_path = pg_temp, public', spoof, full, `set local pramaan.entry = '(0,1)'`, change),
  ).rejects.toMatchObject({ code: UNAUDITED })
  await expect(commit('set local role pramaan_reader', change)).rejects.toThrow('permission denied')
})

test('without the right to write entries nothing is changed', async () => {
  const { owner } = await makeAdvisor(world)
  await world.asSuperuser('revoke insert on audit_entries from pramaan_app')
  await expect(createContent(owner(), { content: 'A text.', submit: false })).rejects.toThrow()
  await world.asSuperuser(
    'grant insert (advisor_id, actor_id, action, object_type, object_id, body) on audit_entries to pramaan_app',
  )
  await createContent(owner(), { content: 'A text.', submit: false })
})

test('an entry says who acted, in which role, by which session or key, for whom, and by which clock', async () => {
  const { advisorId, owner, key } = await makeAdvisor(world)
  const [person, program] = [owner(), key('content:write')]
  for (const ctx of [person, program]) await createContent(ctx, { content: `By ${ctx.actor.kind}.`, submit: false })
  const { rows } = await world.db.pool.query<{ body: { actor: object } }>(
    'select body from audit_entries where advisor_id = $1 order by id',
    [advisorId],
  )
  const { actor } = person as { actor: { sessionId: string } }
  const { actor: keyActor } = program as { actor: { keyId: string } }
  expect(rows.map(({ body }) => body.actor)).toMatchObject([
    { kind: 'user', role: 'owner', sessionId: actor.sessionId, onBehalfOf: advisorId, ipHash: expect.any(String) },
    { kind: 'api_key', role: null, keyId: keyActor.keyId, onBehalfOf: advisorId, ipHash: expect.any(String) },
  ])
})
