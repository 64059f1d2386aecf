import { type Column, type SQL, sql } from 'drizzle-orm'

/**
 * A column of times as the API writes them (RFC 3339, UTC, ms): for lists, where making a `Date` of each value only to
 * write it out again costs as much as the query.
 */
export const isoTime = (column: Column): SQL<string> => sql`${column}`.mapWith(isoTimeOf)

/** From PostgreSQL's form, `2026-11-25 10:30:00.12+00`. */
function isoTimeOf(text: string): string {
  if (!text.endsWith('+00')) return new Date(text).toISOString()
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`
}
