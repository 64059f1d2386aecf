import { expect, test } from 'vitest'
import { testDatabase } from '../../testing/index.ts'
import { COLUMN_CLASSES, DATA_INVENTORY } from './index.ts'

const { db } = await testDatabase()
const { rows } = await db.pool.query<{ table: string; column: string; type: string }>(
  `select relname as table, attname as column, format_type(atttypid, atttypmod) as type
   from pg_class c join pg_attribute a on a.attrelid = c.oid
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
     and attnum > 0 and not attisdropped
   order by 1, 2`,
)
const classified = Object.entries(DATA_INVENTORY).flatMap(([table, entry]) =>
  COLUMN_CLASSES.flatMap((of) =>
    (entry[of] ?? '').split(' ').flatMap((column) => (column ? [{ table, column, of }] : [])),
  ),
)
const name = ({ table, column }: { table: string; column: string }) => `${table}.${column}`

test('every column of the database is classified in packages/db/src/data-inventory once, and no other', () => {
  expect(classified.map(name).toSorted()).toEqual(rows.map(name).toSorted())
})

test('every table says for what it is kept, how long and who reads it', () => {
  const silent = Object.entries(DATA_INVENTORY).filter(
    ([, { purpose, retention, readers }]) => !purpose || !retention || !readers,
  )
  expect(silent).toEqual([])
})

test('what is personal is kept as bytes, so that it can only be a ciphertext', () => {
  const typeOf = new Map(rows.map((row) => [name(row), row.type]))
  const personal = classified.filter(({ of }) => of === 'personal')
  expect(personal.length).toBeGreaterThan(10)
  expect(personal.filter((one) => typeOf.get(name(one)) !== 'bytea').map(name)).toEqual([])
})
