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

test('the entry of an earlier transaction, or one that was rolled back, covers nothing', async () => {
  const { advisorId } = await makeAdvisor(world)
  const change = `update advisors set tier = 'pro' where id = '${advisorId}'`
  const client = await app.connect()
  await client.query(ENTRY)
  await expect(client.query(change)).rejects.toMatchObject({ code: UNAUDITED })
  for (const statement of ['begin', 'savepoint s', ENTRY, 'rollback to savepoint s', change])
    await client.query(statement)
  await expect(client.query('commit')).rejects.toMatchObject({ code: UNAUDITED })
  client.release()
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
