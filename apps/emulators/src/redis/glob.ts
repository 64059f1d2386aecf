/**
 * Whether a name matches a pattern of Redis: `*`, `?`, `[abc]`, `[^a-z]`, and `\` before a character meant as itself.
 * As in Redis a `]` after a `-` ends a range, not the set. Source: https://redis.io/docs/latest/commands/keys/
 */
export function matchesGlob(pattern: string, name: string): boolean {
  return new RegExp(`^${toExpression(pattern)}$`, 's').test(name)
}

function toExpression(pattern: string): string {
  const token = /\*+|\?|\[(\^?)((?:\\[\s\S]|[^\]\\]-[\s\S]|[^\]\\])*)\]?|\\([\s\S])|[\s\S]/g
  return pattern.replace(token, (part: string, not: string | undefined, set: string | undefined, plain?: string) => {
    if (part.startsWith('*')) return '.*'
    if (part === '?') return '.'
    if (set !== undefined) return toClass(not === '^', set)
    return escaped(plain ?? part)
  })
}

function toClass(negated: boolean, set: string): string {
  // An empty set matches nothing, a negated empty set anything.
  if (set === '') return negated ? '.' : '(?!)'
  const members = set.replace(/\\([\s\S])|([\s\S])-([\s\S])|[\s\S]/g, (part: string, plain, low, high) => {
    if (low === undefined) return escaped(plain ?? part)
    return low <= high ? `${escaped(low)}-${escaped(high)}` : `${escaped(high)}-${escaped(low)}`
  })
  return `[${negated ? '^' : ''}${members}]`
}

const escaped = (character: string) => character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
