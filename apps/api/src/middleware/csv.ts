import { withoutFormula } from '@pramaan/shared'

/** Media type of a list that was asked for as a table (RFC 4180, RFC 7111). */
export const CSV_TYPE = 'text/csv; charset=utf-8; header=present'

/** Whether a client asks for a table before anything else. */
export const wantsCsv = (accept: string | undefined): boolean => /^\s*text\/csv\b/i.test(accept ?? '')

/** The items as a table with a head; what is not a single value stands as JSON in its cell. */
export const csvOf = (columns: readonly string[], items: readonly Record<string, unknown>[]): string =>
  [columns, ...items.map((item) => columns.map((column) => item[column]))]
    .map((row) => `${row.map(cellOf).join(',')}\r\n`)
    .join('')

/** A cell that a spreadsheet shows and does not run. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const harmless = withoutFormula(text)
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
