import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../testing/index.ts'

const SEALED = ['audit_leaves', 'audit_nodes', 'audit_heads', 'audit_checkpoints', 'audit_cosignatures']
const APPEND_ONLY = [
  'audit_entries',
  'content_versions',
  'verdicts',
  'approvals',
  'finding_overrides',
  'rule_packs',
  'consents',
  'shares',
  'ai_uses',
  'refusals',
  'rewrite_links',
  ...SEALED,
]
const COLUMN: Record<string, string> = { audit_leaves: 'hash', audit_nodes: 'hash', rule_packs: 'pack' }
const columnOf = (table: string) => COLUMN[table] ?? (SEALED.includes(table) ? 'size' : 'advisor_id')
/** What would change or remove the rows of a table, or of a partition of it. */
const changesOf = (table: string, part = table) => [
  `update ${part} set ${columnOf(table)} = ${columnOf(table)}`,
  `delete from ${part}`,
  `truncate ${part} cascade`,
]
const INSUFFICIENT_PRIVILEGE = '42501'
const RESTRICT_VIOLATION = '23001'

const database = await testDatabase()
const admin = new pg.Client({ connectionString: database.adminUrl })
// It sees the rows of all firms: what is refused here, the append-only guards refuse.
const app = new pg.Client({ connectionString: database.url, options: '-c pramaan.advisor_id=*' })
const advisorId = crypto.randomUUID()

beforeAll(async () => {
  await Promise.all([admin.connect(), app.connect()])
  await fill()
})
afterAll(() => Promise.all([admin.end(), app.end()]))

/** A row in each of them, by the owner of the schema: a trigger for rows has nothing to refuse in an empty table. */
async function fill(): Promise<void> {
  const content = crypto.randomUUID()
  const version = crypto.randomUUID()
  const id = () => crypto.randomUUID()
  const insert = (table: string, row: Record<string, unknown>) => {
    const columns = Object.keys(row)
    const places = columns.map((_, index) => `$${index + 1}`)
    return database.db.pool.query(`insert into ${table} (${columns}) values (${places})`, Object.values(row))
  }
  const tenant = { advisor_id: advisorId }
  const about = { ...tenant, content_id: content, version_id: version }
  await insert('advisors', { id: advisorId, display_name: 'Verma Advisory' })
  const shared = { ...tenant, version_id: version, status: 'draft', version_number: 1, excerpt: '', created_by: id() }
  await insert('contents', { ...shared, id: content, updated_at: new Date() })
  const form = { channel: 'whatsapp', audience: 'clients', hash: '' }
  const text = { ...tenant, id: version, content_id: content, number: 1, text: '', ...form, created_by: id() }
  await insert('content_versions', text)
  const verdict = id()
  const rules = {
    rule_set_version: '1',
    rule_set_digest: '',
    engine_version: '1',
    ai_status: 'off',
    rendered_text: '',
    input: '{}',
    input_hash: '',
  }
  const judged = { outcome: 'clean', score: 100, findings: '[]', obligations: '[]', stages: '[]' }
  await insert('verdicts', { ...about, id: verdict, check_id: id(), ...judged, ...rules })
  const proof = { approved_via: 'policy', statement: '{}', key_id: '', signature: '', expires_at: new Date() }
  await insert('approvals', { ...about, id: id(), verdict_id: verdict, ...proof })
  const override = { review_id: id(), finding: 0, officer_id: id(), reason: '' }
  await insert('finding_overrides', { ...tenant, ...override })
  await insert('rule_packs', { digest: id(), version: '1', pack: '{}' })
  const wish = { action: 'granted', purpose: 'marketing', source: '', wording: '', occurred_at: new Date() }
  await insert('consents', { ...tenant, id: id(), recipient_id: id(), ...wish })
  await insert('shares', {
    ...tenant,
    id: id(),
    content_id: content,
    approval_id: id(),
    version_hash: '',
    shared_by: id(),
  })
  const asked = { provider: 'openai', model: '', prompt_version: '', prompt_digest: '', source: 'model' }
  const said = { outcome: 'no_concern', concerns: '[]', input_tokens: 1, output_tokens: 1, took_ms: 1 }
  await insert('ai_uses', {
    ...about,
    id: id(),
    check_id: id(),
    version_hash: '',
    rule_set_digest: '',
    ...asked,
    ...said,
  })
  const refused = id()
  await insert('refusals', { ...about, review_id: refused })
  await insert('rewrite_links', { ...tenant, verdict_id: verdict, review_id: refused, alike: 100, contained: 100 })
  await insert('audit_entries', { ...tenant, action: 'tested', object_type: '', object_id: '', body: '{}' })
  const leaf = { leaf_index: 0, entry_id: 1, recorded_at: new Date(), stream: advisorId, stream_sequence: 1, hash: '' }
  await insert('audit_leaves', leaf)
  await insert('audit_nodes', { level: 1, node_index: 0, hash: '' })
  await insert('audit_heads', { size: 1, root: '', frontier: '' })
  await insert('audit_checkpoints', { size: 1, note: '' })
  await insert('audit_cosignatures', { size: 1, witness: '', line: '' })
}

/** The table itself and every partition, those of coming months included. */
async function partsOf(table: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    'select relid::regclass::text as name from pg_partition_tree($1::regclass)',
    [table],
  )
  return rows.length > 0 ? rows.map(({ name }) => name) : [table]
}

const codeOf = (client: pg.Client, statement: string): Promise<string> =>
  client.query(statement).then(
    ({ rowCount }) => `done to ${rowCount} rows`,
    (error: { code: string }) => error.code,
  )

const rowsIn = async (table: string) =>
  Number((await admin.query<{ count: string }>(`select count(*) from only ${table}`)).rows[0]?.count)

test.each(APPEND_ONLY)('%s and each of its partitions refuse the app every change', async (table) => {
  for (const part of await partsOf(table)) {
    for (const statement of changesOf(table, part)) {
      expect([statement, await codeOf(app, statement)]).toEqual([statement, INSUFFICIENT_PRIVILEGE])
    }
  }
})

test.each(APPEND_ONLY)('%s and each of its partitions refuse even the superuser', async (table) => {
  for (const part of await partsOf(table)) {
    for (const statement of changesOf(table, part)) {
      // Triggers for rows do not fire where there are none.
      const isEmpty = part !== table && (await rowsIn(part)) === 0
      const expected = isEmpty && !statement.startsWith('truncate') ? 'done to 0 rows' : RESTRICT_VIOLATION
      expect([statement, await codeOf(admin, statement)]).toEqual([statement, expected])
    }
  }
  expect((await admin.query(`select 1 from ${table}`)).rowCount).toBe(1)
})

test('partitions are reached through their parent alone', async () => {
  const { rows } = await admin.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relispartition and relkind = 'r'`,
  )
  expect(rows.length).toBeGreaterThan(20)
  for (const { name } of rows) {
    if (name.startsWith('pgboss.')) continue
    expect([name, await codeOf(app, `select 1 from ${name}`)]).toEqual([name, INSUFFICIENT_PRIVILEGE])
  }
})

test('a partition made later is guarded like those before it', async () => {
  await app.query('select ensure_month_partitions(6)')
  const parts = await partsOf('audit_entries')
  expect(parts.length).toBeGreaterThan(8)
  for (const part of parts) {
    expect(await codeOf(app, `delete from ${part}`)).toBe(INSUFFICIENT_PRIVILEGE)
    expect(await codeOf(admin, `truncate ${part}`)).toBe(RESTRICT_VIOLATION)
  }
})

test('the app cannot change the schema, and not lift a guard', async () => {
  const statements = [
    'create table mine (id int)',
    'create schema mine',
    `create function mine() returns int language sql as 'select 1'`,
    'alter table audit_entries add column mine int',
    'alter table audit_entries disable trigger append_only',
    'drop trigger append_only on verdicts',
    'drop table consents',
    'create index mine on contents (topic)',
    'create or replace function refuse_change() returns trigger language plpgsql as $$ begin return new; end $$',
    'create table drizzle.mine (id int)',
    'delete from drizzle.__drizzle_migrations',
    'create table pgboss.mine (id int)',
    `set session_replication_role = 'replica'`,
    'set role pramaan_owner',
    `select make_append_only('outbox')`,
    'create role mine',
  ]
  for (const statement of statements) {
    expect([statement, await codeOf(app, statement)]).toEqual([statement, INSUFFICIENT_PRIVILEGE])
  }
  // PostgreSQL answers this with a warning, and grants nothing.
  await app.query('grant update on verdicts to pramaan_app')
  expect(await codeOf(app, 'update verdicts set score = 0')).toBe(INSUFFICIENT_PRIVILEGE)
})

test('number and time of an entry are the database`s, and what is pending is not the app`s to say', async () => {
  const entry = `insert into audit_entries (action, object_type, object_id, body, recorded_at) values ('x', '', '', '{}', now())`
  expect(await codeOf(app, entry)).toBe(INSUFFICIENT_PRIVILEGE)
  expect(await codeOf(app, `insert into audit_pending values (1, now(), '1')`)).toBe(INSUFFICIENT_PRIVILEGE)
  expect(await codeOf(app, `update audit_pending set xact = '1'`)).toBe(INSUFFICIENT_PRIVILEGE)
})

test('what stands in the log cannot be replaced by an insert that meets it', async () => {
  const statement = `insert into verdicts select * from verdicts on conflict (advisor_id, id) do update set score = 0`
  expect(await codeOf(app, statement)).toBe(INSUFFICIENT_PRIVILEGE)
  expect(await codeOf(admin, statement)).toBe(RESTRICT_VIOLATION)
})
