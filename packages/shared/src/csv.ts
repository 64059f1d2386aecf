/** A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/

/** Text for a cell of CSV that a spreadsheet shows and does not run: what begins like a formula gets an apostrophe in front. */
export const withoutFormula = (text: string): string => (FORMULA.test(text) ? `'${text}` : text)

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
