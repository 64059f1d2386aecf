import type { Language } from '@pramaan/shared'
import type { Reading } from './pattern.ts'

/** Whole sentences in UTF-16 code units: `end` is after their last sign, `next` after the white space that follows. */
export interface Passage {
  readonly start: number
  readonly end: number
  readonly next: number
}

const CLOSES = /[.!?।॥…"”’')\]]/

/** After the signs that close the sentence that ends with the character before `at`. */
const afterSigns = (text: string, at: number): number => {
  let index = at
  while (index < text.length && CLOSES.test(text.charAt(index))) index++
  return index
}

const afterSpace = (text: string, at: number): number => {
  let index = at
  while (index < text.length && /\s/.test(text.charAt(index))) index++
  return index
}

/** The sentences in which something from `start` to `end` stands; the last one of a text takes the white space before it along. */
export const passageAround = (reading: Reading, start: number, end: number): Passage => {
  const { text, tokens, sentence } = reading
  const inside = tokens.flatMap((token, index) => (token.end > start && token.start < end ? [index] : []))
  const first = sentence[inside[0] ?? 0] ?? 0
  const last = sentence[inside[inside.length - 1] ?? 0] ?? 0
  const from = sentence.indexOf(first)
  const to = sentence.lastIndexOf(last)
  const before = tokens[from - 1]
  const opens = before === undefined ? 0 : afterSpace(text, afterSigns(text, before.end))
  const closes = Math.max(end, to + 1 < tokens.length ? afterSigns(text, tokens[to]?.end ?? end) : text.length)
  const next = afterSpace(text, closes)
  if (next < text.length) return { start: Math.min(opens, start), end: closes, next }
  return { start: Math.min(opens, start), end: text.trimEnd().length, next: text.length }
}

/** The language in which a passage is answered: by its script, and by what was said where scripts are shared. */
export const scriptOf = (passage: string, told: Language | null): Language => {
  if (/[\u0a80-\u0aff]/.test(passage)) return 'gu'
  if (/[\u0b80-\u0bff]/.test(passage)) return 'ta'
  if (/[\u0900-\u097f]/.test(passage)) return told === 'mr' ? 'mr' : 'hi'
  return told === 'hinglish' ? 'hinglish' : 'en'
}
