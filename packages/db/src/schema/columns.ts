import { sql } from 'drizzle-orm'
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Millisecond precision, so that a keyset cursor made from a JS `Date` never skips a row. */
export const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 })

export const createdAt = () => at().notNull().default(sql`now()`)

/** The tenant. First in the primary key and in every index of a tenant table. */
export const advisorId = () => uuid().notNull()

export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** `column in ('a', 'b')` for a CHECK constraint that mirrors a state machine or a closed list. */
export const oneOf = (column: string, values: readonly string[]) =>
  sql.raw(`"${column}" in (${values.map((value) => `'${value}'`).join(', ')})`)
