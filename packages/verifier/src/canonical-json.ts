/**
 * The canonical form of a JSON value (RFC 8785): keys sorted by UTF-16 units, no space, numbers and strings as
 * ECMAScript writes them.
 *
 * @throws Error for what JSON does not have: `undefined`, NaN, infinities, lone surrogates
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value)
    case 'number':
      if (!Number.isFinite(value)) throw new Error('JSON has no NaN and no infinities')
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
      return canonicalObject(value as Record<string, unknown>)
    default:
      throw new Error(`JSON has no ${typeof value}`)
  }
}

function canonicalObject(object: Record<string, unknown>): string {
  let text = '{'
  for (const key of Object.keys(object).sort()) {
    if (text.length > 1) text += ','
    text += `${canonicalString(key)}:${canonicalJson(object[key])}`
  }
  return `${text}}`
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new Error('a lone surrogate has no UTF-8 form')
  return JSON.stringify(text)
}
