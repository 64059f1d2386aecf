import { Column, is, SQL, Subquery } from 'drizzle-orm'

/** What Drizzle keeps in a prepared select: the result's fields in the order of the columns, and who makes rows of them. */
interface PreparedSelect {
  fields?: { path: string[]; field: unknown }[]
  customResultMapper?: (rows: unknown[][]) => unknown[]
}

/**
 * Decides once, and not again for every value, how the columns of a prepared select become an object. Drizzle asks each
 * field of each row what it is, which costs a page of 20 rows as much as its JSON. Nested results are left to Drizzle.
 */
export function compileRows(prepared: unknown): void {
  const select = prepared as PreparedSelect
  const { fields } = select
  if (!fields || select.customResultMapper || fields.some(({ path }) => path.length !== 1)) return
  const columns = fields.map(({ path, field }) => ({ key: String(path[0]), decoder: decoderOf(field) }))
  select.customResultMapper = (rows) =>
    rows.map((row) => {
      const result: Record<string, unknown> = {}
      for (let index = 0; index < columns.length; index++) {
        const { key, decoder } = columns[index] as (typeof columns)[number]
        const value = row[index]
        result[key] = value === null || decoder === null ? value : decoder.mapFromDriverValue(value)
      }
      return result
    })
}

interface Decoder {
  mapFromDriverValue(value: unknown): unknown
}

/** Null where the driver's value is the result, as with texts and numbers. */
function decoderOf(field: unknown): Decoder | null {
  const decoder = is(field, Column) ? field : sqlOf(field).decoder
  return decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue ? null : (decoder as Decoder)
}

const sqlOf = (field: unknown) =>
  (is(field, SQL) ? field : is(field, Subquery) ? field._.sql : (field as { sql: SQL }).sql) as unknown as {
    decoder: Decoder
  }
