type Line = Record<string, unknown>

/**
 * A report as one table with a line for each of its parts, named by where it stands in the report (`messages.read`,
 * `by[1].cells[0]`): whatever has a number of its own and no parts is a line, and the columns are all that any line has.
 */
export function tableOf(view: object): { columns: string[]; items: Line[] } {
  const items = linesIn('', view)
  const columns = [...new Set(items.flatMap((item) => Object.keys(item)))]
  return { columns, items }
}

function linesIn(part: string, value: unknown): Line[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => linesIn(`${part}[${index}]`, item))
  if (typeof value !== 'object' || value === null) return []
  const fields = Object.entries(value)
  const own = fields.filter(([, field]) => typeof field !== 'object' || field === null)
  const below = fields.flatMap(([name, field]) => linesIn(part === '' ? name : `${part}.${name}`, field))
  return own.length === 0 ? below : [{ part, ...Object.fromEntries(own) }, ...below]
}
