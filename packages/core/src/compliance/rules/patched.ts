import type { Fix } from '@pramaan/shared'
import { ENGINE } from './compiled.ts'
import { mayBeJoined } from './one-line.ts'
import { type Reading, readMarks } from './pattern.ts'
import { readTokens, structure, type Token, type TokenText } from './tokens.ts'

/** One change of a text, in UTF-16 code units. */
export type Edit = Fix['edits'][number]

const SPACE = /[ \n]/

/** A word between spaces that is never joined with its neighbours: what stands before it and after it is read apart. */
const isWall = (text: string, token: Token): boolean =>
  !mayBeJoined(token) &&
  (token.start === 0 || SPACE.test(text.charAt(token.start - 1))) &&
  (token.end === text.length || SPACE.test(text.charAt(token.end)))

const isSameWord = (a: Token | undefined, b: Token | undefined): boolean =>
  a !== undefined && b !== undefined && a.form === b.form && a.kind === b.kind && a.end - a.start === b.end - b.start

const moved = <T extends { readonly start: number; readonly end: number }>(one: T, by: number): T => ({
  ...one,
  start: one.start + by,
  end: one.end + by,
})

/** Signs that turn the direction of writing reach on to the end of their line. */
const turns = ({ hidden }: TokenText): boolean => hidden.some(({ kind }) => kind === 'direction')

/**
 * The reading of a text that came from another by edits, equal to what `readText` gives for it. What lies outside the
 * nearest words that are read apart is taken over; `null` where it must be read as a whole.
 */
export const readPatched = (own: Reading, edits: readonly Edit[], text: string): Reading | null => {
  const start = Math.min(...edits.map((edit) => edit.start))
  const end = Math.max(...edits.map((edit) => edit.end))
  const before = own.tokens.findLastIndex((token) => token.end < start && isWall(own.text, token))
  const after = own.tokens.findIndex((token) => token.start > end && isWall(own.text, token))
  const [left, right] = [own.tokens[before], own.tokens[after]]
  const from = left?.start ?? 0
  const to = right?.end ?? own.text.length
  const by = text.length - own.text.length
  const part = readTokens(text.slice(from, to + by), ENGINE.lexicon.knows)
  const apart =
    (left === undefined || isSameWord(left, part.tokens[0])) &&
    (right === undefined || isSameWord(right, part.tokens.at(-1)))
  if (!apart || turns(own) || turns(part)) return null
  const head = own.tokens.slice(0, Math.max(before, 0))
  const tail = right === undefined ? [] : own.tokens.slice(after + 1)
  const read = part.tokens.map((token, at) => moved(at === 0 ? { ...token, gap: left?.gap ?? token.gap } : token, from))
  const tokens = [...head, ...read, ...tail.map((token) => moved(token, by))]
  const hidden = [
    ...own.hidden.filter((one) => one.end <= from),
    ...part.hidden.map((one) => moved(one, from)),
    ...own.hidden.filter((one) => one.start >= to).map((one) => moved(one, by)),
  ]
  const marks = ENGINE.lexicon.mark(tokens, { marks: own.marks, head: head.length, tail: tail.length })
  return readMarks({ text, hidden, tokens, ...structure(text, tokens) }, ENGINE.lexicon, { marks })
}
