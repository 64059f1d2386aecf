import { expect, test } from 'vitest'
import { testDatabase } from '../testing/index.ts'
import { DATA_INVENTORY } from './data-inventory/index.ts'

const { db, product } = await testDatabase()
const { rows } = await db.pool.query<{ name: string; part: boolean; privileges: string; readable: string[] }>(
  `select c.relname as name, c.relispartition as part,
     concat_ws(' ', case when has_any_column_privilege('pramaan_reader', c.oid, 'INSERT, UPDATE, REFERENCES') then 'write' end,
       case when has_table_privilege('pramaan_reader', c.oid, 'DELETE, TRUNCATE, TRIGGER') then 'remove' end) as privileges,
     array(select attname::text from pg_attribute
       where attrelid = c.oid and attnum > 0 and not attisdropped
         and has_column_privilege('pramaan_reader', c.oid, attnum, 'SELECT') order by 1) as readable
   from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`,
)

test('whoever reads reports can read no column that is personal or secret, and changes nothing', () => {
  const closed = Object.entries(DATA_INVENTORY).flatMap(([table, { personal, secret }]) =>
    `${personal ?? ''} ${secret ?? ''}`.split(' ').flatMap((column) => (column ? [`${table}.${column}`] : [])),
  )
  const open = rows.flatMap(({ name, readable }) => readable.map((column) => `${name}.${column}`))
  expect(closed.length).toBeGreaterThan(20)
  expect(open.filter((column) => closed.includes(column))).toEqual([])
  expect(rows.filter(({ privileges }) => privileges !== '')).toEqual([])
})

test('it reads the records of every table, and partitions only through the table, where the wall between firms stands', () => {
  const tables = rows.filter(({ part }) => !part)
  expect(tables.filter(({ readable }) => readable.length === 0)).toEqual([])
  expect(rows.filter(({ part, readable }) => part && readable.length > 0)).toEqual([])
})

test('a report runs as that role', async () => {
  const { result } = await product.report(async (queries) => {
    const { rows: who } = await queries.execute<{ name: string; walled: boolean }>(
      `select current_user as name, row_security_active('contents') as walled`,
    )
    return who
  })
  expect(result).toEqual([{ name: 'pramaan_reader', walled: true }])
})
