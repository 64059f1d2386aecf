import { sql } from 'drizzle-orm'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../testing/index.ts'
import { statement } from './index.ts'
import { queryWithin } from './reach.ts'

const { product, db, adminUrl } = await testDatabase()
const [mine, theirs] = [crypto.randomUUID(), crypto.randomUUID()]

/** Every table whose rows belong to a firm, from the catalogue: a new one is in here by itself. */
const { rows: tables } = await db.pool.query<{ name: string; key: string }>(
  `select c.relname as name, a.attname as key from pg_class c join pg_attribute a on a.attrelid = c.oid
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     and (a.attname = 'advisor_id' or c.relname = 'advisors' and a.attname = 'id') order by 1`,
)

/** What a column may hold, whatever it means: this database has neither foreign keys nor checks any more. */
const ANY_VALUE: Record<string, string> = {
  bigint: '(random() * 1e9)::int',
  boolean: 'false',
  bytea: 'uuid_send(gen_random_uuid())',
  date: 'now()',
  integer: '1',
  'integer[]': `'{}'`,
  jsonb: `'{}'`,
  smallint: '1',
  text: 'gen_random_uuid()',
  'text[]': `'{}'`,
  'timestamp(3) with time zone': 'now()',
  'timestamp(3) with time zone[]': `'{}'`,
  uuid: 'gen_random_uuid()',
}

/** A row of each of the two firms in every table. */
beforeAll(async () => {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`set session_replication_role = 'replica'`)
  await admin.query(`do $$ declare one record; begin
    for one in select conrelid::regclass as owner, conname from pg_constraint k join pg_class c on c.oid = conrelid
      where contype = 'c' and c.relnamespace = 'public'::regnamespace and not c.relispartition
    loop execute format('alter table %s drop constraint %I', one.owner, one.conname); end loop; end $$`)
  for (const { name, key } of tables) {
    const columns = await columnsOf(name)
    for (const firm of [mine, theirs]) {
      const values = columns.map((column) => (column.name === key ? `'${firm}'` : ANY_VALUE[column.type]))
      await admin.query(`insert into ${name} (${columns.map((column) => column.name)}) values (${values})`)
    }
  }
  await admin.end()
})

async function columnsOf(table: string): Promise<{ name: string; type: string }[]> {
  const { rows } = await db.pool.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' order by attnum`,
    [table],
  )
  return rows
}

const INSUFFICIENT_PRIVILEGE = '42501'
const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'done',
    (error: { code?: string; cause?: { code?: string } }) => error.cause?.code ?? error.code ?? 'no code',
  )

/** The four ways to PostgreSQL that a use case has. */
const WAYS = {
  read: (from: typeof db, text: string) => from.read.execute(sql.raw(text)),
  lookup: (from: typeof db, text: string) => from.lookup.execute(sql.raw(text)),
  pool: (from: typeof db, text: string) => from.pool.query(text),
  transaction: (from: typeof db, text: string) => from.transaction((tx) => tx.execute(sql.raw(text))),
}

test('security.md 49: there are the tables that this test is about, with rows of two firms in each', async () => {
  expect(tables.length).toBeGreaterThan(18)
  for (const { name, key } of tables) {
    const { rows } = await db.pool.query(`select distinct ${key} as id from ${name} where ${key} = any($1)`, [
      [mine, theirs],
    ])
    expect([name, rows.length]).toEqual([name, 2])
  }
})

test.each(tables)(
  'security.md 49: a query of $name that forgets the WHERE gives the rows of its own firm',
  async ({ name, key }) => {
    for (const ask of Object.values(WAYS)) {
      const { rows } = await ask(product.forAdvisor(mine), `select ${key} as id from ${name}`)
      expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([mine]))
    }
  },
)

test.each(tables)('security.md 49: who did not say for which firm they ask sees nothing in $name', async ({ name }) => {
  for (const ask of Object.values(WAYS)) expect((await ask(product, `select 1 from ${name}`)).rows).toEqual([])
})

test.each(tables)(
  'security.md 49: a row of $name cannot be written for another firm, nor given to it, nor taken from it',
  async ({ name, key }) => {
    const own = product.forAdvisor(mine)
    const columns = (await columnsOf(name)).map((column) => column.name)
    const values = columns.map((column) => (column === key ? `'${theirs}'` : column))
    const insert = `insert into ${name} (${columns}) select ${values} from ${name} limit 1`
    expect(await codeOf(own.pool.query(insert))).toBe(INSUFFICIENT_PRIVILEGE)
    // Append-only tables refuse every change; in the others there is nothing to find, or the new row is refused.
    const give = await codeOf(own.pool.query(`update ${name} set ${key} = '${theirs}'`))
    expect(give).toBe(INSUFFICIENT_PRIVILEGE)
    const touched = own.pool.query(`update ${name} set ${key} = ${key} where ${key} = '${theirs}'`)
    expect(
      await touched.then(
        ({ rowCount }) => rowCount,
        () => 0,
      ),
    ).toBe(0)
    const deleted = own.pool.query(`delete from ${name} where ${key} = '${theirs}'`)
    expect(
      await deleted.then(
        ({ rowCount }) => rowCount,
        () => 0,
      ),
    ).toBe(0)
  },
)

test('firms that take turns on the same few connections see their own rows each, whoever fails in between', async () => {
  const firms = [product.forAdvisor(mine), product.forAdvisor(theirs), product, product.acrossAdvisors]
  const seen = await Promise.all(
    Array.from({ length: 400 }, async (_, index) => {
      const firm = firms[(index * 7) % 4] ?? product
      const ask = [WAYS.lookup, WAYS.read, WAYS.transaction][index % 3] ?? WAYS.lookup
      if (index % 11 === 0) await ask(firm, 'select 1 / 0').catch(() => undefined)
      const { rows } = await ask(firm, 'select distinct advisor_id as id from contents order by 1')
      return [(index * 7) % 4, rows.map(({ id }) => id)]
    }),
  )
  const expected = [[mine], [theirs], [], [mine, theirs].toSorted()]
  for (const [firm, rows] of seen) expect(rows).toEqual(expected[firm as number])
})

test('look-ups across firms have connections of their own, and those of firms keep no reach from one to the next', async () => {
  const look = async (from: typeof db) => {
    const asked = sql`select pg_backend_pid() as pid, current_setting('pramaan.advisor_id', true) as reach`
    const answers = await Promise.all(Array.from({ length: 20 }, () => from.lookup.execute(asked)))
    const rows = answers.flatMap(({ rows: found }) => found as { pid: number; reach: string | null }[])
    return { pids: new Set(rows.map(({ pid }) => pid)), reaches: new Set(rows.map(({ reach }) => reach || 'nobody')) }
  }
  const [across, own, nobody] = [
    await look(product.acrossAdvisors),
    await look(product.forAdvisor(mine)),
    await look(product),
  ]
  expect([...across.reaches, ...own.reaches, ...nobody.reaches]).toEqual(['*', mine, 'nobody'])
  expect([...own.pids, ...nobody.pids].filter((pid) => across.pids.has(pid))).toEqual([])
})

test('the reach of a transaction ends with it, and one that names no firm is refused before it is sent', async () => {
  await product.forAdvisor(mine).transaction((tx) => tx.execute(sql`select 1`))
  expect((await product.pool.query('select 1 from contents')).rows).toEqual([])
  for (const id of ['*', '', `${mine}'; select 1`, 'all']) expect(() => product.forAdvisor(id)).toThrow('UUID')
})

test('a named statement is sent by whoever asks for it, however many ask at once', async () => {
  const firmsOf = statement((queries) =>
    queries.selectDistinct({ id: sql<string>`advisor_id` }).from(sql`contents`).prepare('test_firms'),
  )
  const [one, other] = [product.forAdvisor(mine), product.forAdvisor(theirs)]
  const asked = Array.from({ length: 200 }, (_, index) => {
    const firm = index % 2 === 0 ? one : other
    if (index % 3 === 0) return firm.transaction((tx) => firmsOf(tx).execute())
    return firmsOf(index % 3 === 1 ? firm.read : firm.lookup).execute()
  })
  const expected = asked.map((_, index) => [{ id: index % 2 === 0 ? mine : theirs }])
  expect(await Promise.all(asked)).toEqual(expected)
})

test('a statement is not run when its reach could not be set', async () => {
  const code = db.transaction(async ({ $client }) => {
    await $client.query('deallocate set_reach')
    return codeOf(queryWithin($client, mine, 'select count(*) from contents'))
  })
  // The transaction has failed with it.
  await expect(code).rejects.toThrow('rolled back')
})
