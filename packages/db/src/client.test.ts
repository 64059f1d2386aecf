import { eq, sql } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, expect, test, vi } from 'vitest'
import { testDatabase } from '../testing/index.ts'
import { createDb, isoTime, schema, statement } from './index.ts'

const { advisors, auditEntries } = schema
const database = await testDatabase()
const { db } = database
const admin = new pg.Client({ connectionString: database.adminUrl })
await admin.connect()
afterAll(() => admin.end())

const numbered = statement((queries) =>
  queries
    .select({ label: sql<string>`${sql.placeholder('label')}::text`, pid: sql<number>`pg_backend_pid()` })
    .from(sql`(select 1) as one`)
    .prepare('test_numbered'),
)

test('look-ups that travel together get each its own answer, over fewer connections than callers', async () => {
  const labels = Array.from({ length: 200 }, (_, index) => `caller ${index}`)
  const answers = await Promise.all(labels.map((label) => numbered(db.lookup).execute({ label })))
  expect(answers.map(([row]) => row?.label)).toEqual(labels)
  expect(new Set(answers.map(([row]) => row?.pid)).size).toBeLessThanOrEqual(4)
})

test('a look-up is planned once for each connection, whatever its values', async () => {
  for (let call = 0; call < 20; call++) await numbered(db.lookup).execute({ label: `call ${call}` })
  const plans = await db.lookup.execute<{ custom: string }>(
    sql`select custom_plans as custom from pg_prepared_statements where name = 'test_numbered'`,
  )
  expect(plans.rows).toEqual([{ custom: '0' }])
})

test('a look-up that writes is refused by the server', async () => {
  const written = db.lookup.insert(advisors).values({ id: crypto.randomUUID(), displayName: 'written' })
  await expect(written).rejects.toMatchObject({ cause: { code: '25006' } })
  await expect(db.lookup.select().from(advisors).for('update')).rejects.toMatchObject({ cause: { code: '25006' } })
})

test('a look-up that fails leaves those before and behind it alone', async () => {
  const [before, failed, behind] = await Promise.allSettled([
    numbered(db.lookup).execute({ label: 'before' }),
    db.lookup.execute(sql`select 1 / 0`),
    numbered(db.lookup).execute({ label: 'behind' }),
  ])
  expect([before.status, failed.status, behind.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('look-ups go on when the server has ended their connections, and end with the database', async () => {
  const onError = vi.fn()
  const other = createDb({ url: database.url, max: 4, onError })
  const [first] = await numbered(other.lookup).execute({ label: 'first' })
  await admin.query('select pg_terminate_backend($1)', [first?.pid])
  await expect.poll(() => onError.mock.calls.length).toBeGreaterThan(0)
  const [second] = await numbered(other.lookup).execute({ label: 'second' })
  expect(second?.pid).not.toBe(first?.pid)
  await other.close()
  await expect(numbered(other.lookup).execute({ label: 'late' })).rejects.toThrow()
})

test('the statements of a transaction are all there or none is', async () => {
  const id = crypto.randomUUID()
  const twice = db.transaction(
    async (tx) => tx.insert(advisors).values({ id, displayName: 'first' }),
    (tx) => [tx.insert(advisors).values({ id, displayName: 'again' }).execute()],
  )
  await expect(twice).rejects.toMatchObject({ cause: { code: '23505' } })
  expect(await db.read.select().from(advisors).where(eq(advisors.id, id))).toEqual([])
})

test('a named statement gives the rows that the query builder gives', async () => {
  const id = crypto.randomUUID()
  const body = { actor: { kind: 'system', role: null }, requestId: 'r', outcome: 'done' } as const
  await db.read.insert(auditEntries).values({ action: 'a.done', objectType: 'o', objectId: id, body })
  const columns = {
    at: auditEntries.recordedAt,
    text: isoTime(auditEntries.recordedAt).as('text'),
    advisorId: auditEntries.advisorId,
    body: auditEntries.body,
    id: auditEntries.id,
  }
  const where = eq(auditEntries.objectId, id)
  const built = await db.read.select(columns).from(auditEntries).where(where)
  const named = statement((queries) => queries.select(columns).from(auditEntries).where(where).prepare('test_rows'))
  expect(await named(db.lookup).execute()).toEqual(built)
  expect(built).toEqual([
    { at: expect.any(Date), text: built[0]?.at.toISOString(), advisorId: null, body, id: expect.any(BigInt) },
  ])
})
