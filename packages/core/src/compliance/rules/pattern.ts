import type { Lexicon, Marks } from './lexicon.ts'
import type { TokenText } from './tokens.ts'
import type { Hit } from './types.ts'

/**
 * A pattern of the pack, compiled.
 *
 * Written form: elements with spaces between them. An element is `word`, `word*`, `=word`, `@concept` or a class such
 * as `<pct>`; `a|b` is either; a final `?` makes it optional. `..3` between two elements lets up to three other tokens
 * stand there. `&6` at the start: the elements in any order, within six tokens. Conditions at the end, on the
 * sentence: `with:@x`, `without:@x|@y`; on the whole text: `text-with:`, `text-without:`.
 */
export interface Pattern {
  readonly source: string
  readonly elements: readonly Element[]
  /** The ids of each element that it cannot do without, those with the fewest first. */
  readonly needed: readonly (readonly number[])[]
  /** `null` for a sequence, otherwise the number of tokens within which the elements stand in any order. */
  readonly window: number | null
  readonly conditions: readonly Condition[]
}

interface Element {
  readonly ids: readonly number[]
  readonly optional: boolean
  /** Tokens that may stand before it. */
  readonly gap: number
}

interface Condition {
  readonly scope: 'sentence' | 'text'
  readonly wanted: boolean
  readonly ids: readonly number[]
}

/** Compiles one pattern; throws a plain `Error` when the pack is wrong. */
export const compilePattern = (source: string, lexicon: Lexicon): Pattern => {
  const ids = (alternatives: string) => alternatives.split('|').map((one) => lexicon.idOf(one))
  const elements: Element[] = []
  const conditions: Condition[] = []
  let window: number | null = null
  let gap = 0
  for (const part of source.split(' ')) {
    const condition = /^(text-)?(with|without):(.+)$/.exec(part)
    if (condition !== null) {
      conditions.push({
        scope: condition[1] === undefined ? 'sentence' : 'text',
        wanted: condition[2] === 'with',
        ids: ids(condition[3] ?? ''),
      })
    } else if (/^&\d+$/.test(part)) window = Number(part.slice(1))
    else if (/^\.\.\d*$/.test(part)) gap = part.length > 2 ? Number(part.slice(2)) : 3
    else {
      const optional = part.endsWith('?')
      elements.push({ ids: ids(optional ? part.slice(0, -1) : part), optional, gap })
      gap = 0
    }
  }
  if (elements[0] === undefined || elements[0].optional)
    throw new Error(`The pattern "${source}" needs a first element`)
  const needed = elements.flatMap((element) => (element.optional ? [] : [element.ids]))
  needed.sort((a, b) => a.length - b.length)
  return { source, elements, needed, window, conditions }
}

/** The text with its marks: what patterns and detectors read. */
export interface Reading extends TokenText {
  readonly marks: Marks
  readonly lexicon: Lexicon
  /** Where each id starts, in order. */
  readonly positions: ReadonlyMap<number, readonly number[]>
  /** The ids that occur in each sentence. */
  readonly sentenceIds: readonly ReadonlySet<number>[]
}

const positionsIn = (marks: Marks): Map<number, number[]> => {
  const positions = new Map<number, number[]>()
  marks.ids.forEach((ids, index) => {
    for (const id of ids) {
      const known = positions.get(id)
      if (known === undefined) positions.set(id, [index])
      else if (known[known.length - 1] !== index) known.push(index)
    }
  })
  return positions
}

/** What is known of the words of a text that was read already. */
type Known = Pick<Reading, 'marks'> & Partial<Pick<Reading, 'positions'>>

/** Marks a text; `like` is what is known of the same words, where they were read with their sentences elsewhere. */
export const readMarks = (text: TokenText, lexicon: Lexicon, like?: Known): Reading => {
  const marks = like?.marks ?? lexicon.mark(text.tokens)
  const sentenceIds: Set<number>[] = []
  marks.ids.forEach((ids, index) => {
    const sentence = text.sentence[index] ?? 0
    while (sentenceIds.length <= sentence) sentenceIds.push(new Set())
    for (const id of ids) sentenceIds[sentence]?.add(id)
  })
  return { ...text, marks, lexicon, positions: like?.positions ?? positionsIn(marks), sentenceIds }
}

/** The lengths of what stands at `index` for one of `ids`, each once; empty for nothing. */
const lengthsAt = (reading: Reading, index: number, ids: readonly number[]): number[] => {
  const here = reading.marks.ids[index] ?? []
  const lengths = reading.marks.lengths[index] ?? []
  const found: number[] = []
  for (let at = 0; at < here.length; at++) {
    const length = lengths[at] ?? 0
    if (ids.includes(here[at] ?? -1) && !found.includes(length)) found.push(length)
  }
  return found
}

/** The length of what stands at `index` for one of `ids`, 0 for nothing. The longest wins. */
export const lengthAt = (reading: Reading, index: number, ids: readonly number[]): number =>
  Math.max(0, ...lengthsAt(reading, index, ids))

const holds = (reading: Reading, sentence: number, condition: Condition): boolean => {
  const { present } = reading.marks
  const here = reading.sentenceIds[sentence]
  const occurs =
    condition.scope === 'text'
      ? condition.ids.some((id) => present[id] === 1)
      : condition.ids.some((id) => present[id] === 1 && here?.has(id))
  return occurs === condition.wanted
}

/** A way through the elements up to `next`: the last of them took `length` tokens, those before took what `before` took. */
interface State {
  readonly next: number
  readonly length: number
  readonly before: State | null
}

const consumedBy = (way: State): Set<number> => {
  const consumed = new Set<number>()
  for (let state: State | null = way; state !== null; state = state.before)
    for (let at = state.next - state.length; at < state.next; at++) consumed.add(at)
  return consumed
}

const span = (from: number, length: number): number[] => Array.from({ length }, (_, offset) => from + offset)

/** Walks the elements from `start`; the states are at most as many as the gaps allow, so the walk is bounded. */
const matchSequence = (reading: Reading, pattern: Pattern, start: number): Hit | null => {
  const sentence = reading.sentence[start] ?? 0
  let states: State[] = [{ next: start, length: 0, before: null }]
  for (const element of pattern.elements) {
    const following = new Map<number, State>()
    for (const state of states) {
      if (element.optional && !following.has(state.next)) following.set(state.next, state)
      for (let skip = 0; skip <= element.gap; skip++) {
        const at = state.next + skip
        if (reading.sentence[at] !== sentence) break
        for (const length of lengthsAt(reading, at, element.ids)) {
          const next = at + length
          if (!following.has(next)) following.set(next, { next, length, before: state })
        }
      }
    }
    if (following.size === 0) return null
    states = [...following.values()]
  }
  const best = states[0] as State
  return { first: start, last: best.next - 1, consumed: consumedBy(best) }
}

/** Finds each other element nearest to the first, within the window and the sentence. */
const matchAround = (reading: Reading, pattern: Pattern, start: number, window: number): Hit | null => {
  const sentence = reading.sentence[start] ?? 0
  const taken = new Set<number>()
  for (const element of pattern.elements) {
    const own = element === pattern.elements[0]
    let found = -1
    for (let away = 0; away <= (own ? 0 : window) && found < 0; away++) {
      for (const at of away === 0 ? [start] : [start + away, start - away]) {
        if (reading.sentence[at] !== sentence || taken.has(at)) continue
        if (lengthAt(reading, at, element.ids) > 0) {
          found = at
          break
        }
      }
    }
    if (found < 0) {
      if (element.optional) continue
      return null
    }
    for (const at of span(found, lengthAt(reading, found, element.ids))) taken.add(at)
  }
  const consumed = [...taken].sort((a, b) => a - b)
  const first = consumed[0] ?? start
  const last = consumed[consumed.length - 1] ?? start
  return last - first > window + 4 ? null : { first, last, consumed: taken }
}

/** What the pattern cannot do without occurs in the text. Plain loops: this runs for every pattern of the pack. */
const possible = ({ marks: { present } }: Reading, { needed }: Pattern): boolean => {
  for (const ids of needed) {
    let found = false
    for (let at = 0; at < ids.length && !found; at++) found = present[ids[at] as number] === 1
    if (!found) return false
  }
  return true
}

/** As `possible`, within one sentence. */
const possibleInSentence = (reading: Reading, { needed }: Pattern, sentence: number): boolean => {
  const present = reading.sentenceIds[sentence]
  if (present === undefined) return false
  for (const ids of needed) {
    let found = false
    for (let at = 0; at < ids.length && !found; at++) found = present.has(ids[at] as number)
    if (!found) return false
  }
  return true
}

/** Where one of `ids` starts, in order. */
export const startsOf = (reading: Reading, ids: readonly number[]): readonly number[] => {
  let only: readonly number[] | undefined
  let more: Set<number> | undefined
  for (const id of ids) {
    const list = reading.positions.get(id)
    if (list === undefined) continue
    if (only === undefined) only = list
    else {
      more ??= new Set(only)
      for (const at of list) more.add(at)
    }
  }
  return more === undefined ? (only ?? NOWHERE) : [...more].sort((a, b) => a - b)
}

const NOWHERE: readonly number[] = []

const NO_HITS: readonly Hit[] = []

/** The places where a pattern matches, from left to right, at most `limit`. */
export const matchPattern = (reading: Reading, pattern: Pattern, limit: number): readonly Hit[] => {
  if (!possible(reading, pattern)) return NO_HITS
  const hits: Hit[] = []
  for (const start of startsOf(reading, pattern.elements[0]?.ids ?? [])) {
    if (hits.length >= limit) break
    const sentence = reading.sentence[start] ?? 0
    if (!possibleInSentence(reading, pattern, sentence)) continue
    if (!pattern.conditions.every((condition) => holds(reading, sentence, condition))) continue
    const hit =
      pattern.window === null
        ? matchSequence(reading, pattern, start)
        : matchAround(reading, pattern, start, pattern.window)
    if (hit !== null) hits.push(hit)
  }
  return hits
}
