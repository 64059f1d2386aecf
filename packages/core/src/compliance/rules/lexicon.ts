import type { KnowsWord } from './leet.ts'
import { consonantsOf, englishStem, lacksVowels, spellingKey } from './spelling-key.ts'
import { isMultiplier, type Token } from './tokens.ts'

/**
 * The words of the pack. A concept is a list of entries: `word` (any spelling of it, English endings aside), `word*`
 * (anything that starts so), `=word` (this spelling only) or several words in a row.
 */
export type ConceptTable = Readonly<Record<string, readonly string[]>>

/** What a token is, as small numbers: concepts, literals of patterns and the built-in classes of numbers. */
export interface Lexicon {
  /** The id of a concept (`@name`), class (`<pct>`) or literal; literals are added while the pack is compiled. */
  idOf(element: string): number
  /** The id of a concept by its bare name; polarity asks for them often. */
  conceptId(name: string): number
  /** Marks every token with the ids that it, or a phrase that starts at it, stands for. */
  mark(tokens: readonly Token[], like?: MarkedAlready): Marks
  readonly knows: KnowsWord
}

/** `ids[i]` and `lengths[i]` are parallel: at token `i` starts something of that id, so many tokens long. */
export interface Marks {
  readonly ids: readonly (readonly number[])[]
  readonly lengths: readonly (readonly number[])[]
  /** 1 at every id that occurs. */
  readonly present: Uint8Array
}

/** The marks of another text of which the first `head` and the last `tail` tokens stand here as well. */
export interface MarkedAlready {
  readonly marks: Marks
  readonly head: number
  readonly tail: number
}

interface Tables {
  ids: Map<string, number>
  exact: Map<string, number[]>
  key: Map<string, number[]>
  /** English words without their ending; kept apart from the keys, `rate` and `raat` are no kin. */
  stem: Map<string, number[]>
  prefix: Map<string, number[]>
  /** Short keys and prefixes of Indic entries, which meet Indic words only. */
  indicKey: Map<string, number[]>
  indicPrefix: Map<string, number[]>
  /** Latin words by their consonants, for those who leave vowels out. */
  consonants: Map<string, number[]>
  /** By the ids of their first and second word: the ids of the words after these, and what the whole stands for. */
  phrases: Map<number, Map<number, { rest: number[]; id: number }[]>>
  /** The ids of all second words of phrases. */
  seconds: Set<number>
  /** Tokens after one that its marks depend on. */
  reach: number
}

/** Tokens after the first that a number with its unit has at most. */
const NUMBER_REACH = 4

const NUMBER_CLASSES = ['<num>', '<pct>', '<money>', '<time>', '<times>', '<clock>', '<level>'] as const

const add = <K>(map: Map<K, number[]>, at: K, id: number) => {
  const known = map.get(at)
  if (known === undefined) map.set(at, [id])
  else if (!known.includes(id)) known.push(id)
}

/** Indic letters of a pack entry are folded as those of a text are. */
const foldEntry = (word: string) =>
  word
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u093c\u0abc'’]/g, '')
    .replaceAll('\u0901', '\u0902')
    .replaceAll('\u0a81', '\u0a82')

/** Tamil words carry their cases as endings, so an entry stands for whatever starts like it. */
const isTamilStem = (form: string) => /^[\u0b80-\u0bff]{5,}$/.test(form)

/** The vowel killer at the end of a stem goes when an ending follows. */
const openStem = (form: string) => form.replace(/\u0bcd$/, '')

/** Keys up to this length are too common to carry a word from one script into another. */
const SHORT_KEY = 3

const isIndic = (form: string) => /^[\u0900-\u0dff]/.test(form)

const addConsonants = (tables: Tables, form: string, key: string, id: number) => {
  const consonants = /^[a-z]{4,}$/.test(form) ? consonantsOf(key) : null
  if (consonants !== null) add(tables.consonants, consonants, id)
}

const addWord = (tables: Tables, entry: string, id: number) => {
  if (entry.startsWith('=')) {
    add(tables.exact, foldEntry(entry.slice(1)), id)
    return
  }
  const form = foldEntry(entry.endsWith('*') ? openStem(entry.slice(0, -1)) : entry)
  const key = spellingKey(form)
  if (entry.endsWith('*')) {
    add(isIndic(form) ? tables.indicPrefix : tables.prefix, key, id)
    addConsonants(tables, form, key, id)
    return
  }
  add(tables.exact, form, id)
  if (/^[a-z]+$/.test(form)) add(tables.stem, englishStem(form), id)
  addConsonants(tables, form, key, id)
  if (isTamilStem(form)) add(tables.indicPrefix, openStem(form), id)
  if (key.length > SHORT_KEY) add(tables.key, key, id)
  else if (isIndic(form)) add(tables.indicKey, key, id)
}

/** Case endings that Marathi and Gujarati write together with the word. */
const ENDINGS =
  /(ांच्या|ांचा|ांची|ांचे|ांना|ाच्या|ाचा|ाची|ाचे|ातील|ातून|ासाठी|ामध्ये|मध्ये|साठी|ाला|ाने|ावर|ात|च्या|चा|ची|चे|ला|ने|वर|ओમાં|ઓને|ઓની|માંથી|માટે|માં|ની|નો|નું|ના|ને|થી|ઓ)$/

/** The word without a case ending, or `null`. */
const withoutEnding = (form: string): string | null => {
  if (form.length < 5 || !/^[\u0900-\u0aff]/.test(form)) return null
  const bare = form.replace(ENDINGS, '')
  return bare === form || bare.length < 3 ? null : bare
}

const idFor = (tables: Tables, name: string): number => {
  const known = tables.ids.get(name)
  if (known !== undefined) return known
  const id = tables.ids.size
  tables.ids.set(name, id)
  return id
}

const literalId = (tables: Tables, entry: string): number => {
  const name = `"${entry}"`
  if (tables.ids.has(name)) return idFor(tables, name)
  const id = idFor(tables, name)
  addWord(tables, entry, id)
  return id
}

const addPhrase = (tables: Tables, words: readonly string[], id: number) => {
  const [first = 0, second = 0, ...rest] = words.map((word) => literalId(tables, word))
  const bySecond = tables.phrases.get(first) ?? new Map<number, { rest: number[]; id: number }[]>()
  tables.phrases.set(first, bySecond)
  tables.seconds.add(second)
  tables.reach = Math.max(tables.reach, words.length - 1)
  bySecond.set(second, [...(bySecond.get(second) ?? []), { rest, id }])
}

/** Words of a spelling key shorter than this have no prefix of a rule. */
const MIN_PREFIX = 2
const MAX_PREFIX = 20

const addKey = (tables: Tables, found: Set<number>, key: string, indic: boolean) => {
  for (const id of tables.key.get(key) ?? []) found.add(id)
  if (indic) for (const id of tables.indicKey.get(key) ?? []) found.add(id)
}

const lookUp = (tables: Tables, form: string): number[] => {
  const found = new Set<number>(tables.exact.get(form))
  const key = spellingKey(form)
  const indic = isIndic(form)
  addKey(tables, found, key, indic)
  if (/^[a-z]+$/.test(form)) for (const id of tables.stem.get(englishStem(form)) ?? []) found.add(id)
  const bare = withoutEnding(form)
  if (bare !== null) addKey(tables, found, spellingKey(bare), indic)
  for (let length = MIN_PREFIX; length <= Math.min(key.length, MAX_PREFIX); length++) {
    const start = key.slice(0, length)
    for (const id of tables.prefix.get(start) ?? []) found.add(id)
    if (indic) for (const id of tables.indicPrefix.get(start) ?? []) found.add(id)
  }
  return [...found]
}

/** As `lookUp`, and for a word that is in no list and lacks its vowels, whatever has its consonants. */
const lookUpHasty = (tables: Tables, form: string): readonly number[] => {
  const found = lookUp(tables, form)
  if (found.length > 0 || !lacksVowels(form)) return found
  const consonants = consonantsOf(spellingKey(form)) ?? ''
  const stem = consonants.replace(/[ds]$/, '')
  return tables.consonants.get(consonants) ?? (stem.length < 3 ? [] : (tables.consonants.get(stem) ?? []))
}

/** What a form stands for, and what every reading of it asks: the phrases that it may open and the units that it is. */
interface Entry {
  readonly ids: readonly number[]
  /** As many ones as there are ids. */
  readonly lengths: readonly number[]
  readonly phrases: readonly Map<number, { rest: number[]; id: number }[]>[]
  /** The ids among them that are the second word of some phrase. */
  readonly seconds: readonly number[]
  /** One bit for each of `UNITS`. */
  readonly units: number
}

const entryOf = (tables: Tables, form: string): Entry => {
  const ids = lookUpHasty(tables, form)
  const units = UNITS.reduce(
    (bits, unit, at) => (ids.includes(tables.ids.get(`@${unit}`) ?? -1) ? bits | (1 << at) : bits),
    0,
  )
  return {
    ids,
    lengths: new Array<number>(ids.length).fill(1),
    phrases: ids.flatMap((id) => tables.phrases.get(id) ?? []),
    seconds: ids.filter((id) => tables.seconds.has(id)),
    units,
  }
}

/** Forms remembered at most: look-ups are pure, so that forgetting them changes nothing but speed. */
const REMEMBERED_FORMS = 50_000

/** A look-up with a memory: most words of a language come again and again. */
const remembering = <T>(find: (form: string) => T) => {
  const known = new Map<string, T>()
  return (form: string): T => {
    const before = known.get(form)
    if (before !== undefined) return before
    if (known.size >= REMEMBERED_FORMS) known.clear()
    const found = find(form)
    known.set(form, found)
    return found
  }
}

/** Compiles the concepts of a pack. Literals may be added by `idOf` until the first text is read. */
export const createLexicon = (concepts: ConceptTable): Lexicon => {
  const tables: Tables = {
    ids: new Map(),
    exact: new Map(),
    key: new Map(),
    stem: new Map(),
    prefix: new Map(),
    indicKey: new Map(),
    indicPrefix: new Map(),
    consonants: new Map(),
    phrases: new Map(),
    seconds: new Set(),
    reach: NUMBER_REACH,
  }
  for (const name of NUMBER_CLASSES) idFor(tables, name)
  for (const [concept, entries] of Object.entries(concepts)) {
    const id = idFor(tables, `@${concept}`)
    for (const entry of entries) {
      const words = entry.split(' ')
      if (words.length === 1) addWord(tables, entry, id)
      else addPhrase(tables, words, id)
    }
  }
  const find = remembering((form) => lookUp(tables, form))
  const enter = remembering((form) => entryOf(tables, form))
  const bare = new Map(Object.keys(concepts).map((name) => [name, idFor(tables, `@${name}`)]))
  return {
    conceptId: (name) => {
      const id = bare.get(name)
      if (id === undefined) throw new Error(`There is no concept ${name} in the lexicon`)
      return id
    },
    idOf: (element) => {
      if (element.charAt(0) !== '@' && element.charAt(0) !== '<') return literalId(tables, element)
      const id = tables.ids.get(element)
      if (id === undefined) throw new Error(`The rule pack names ${element}, which is no concept of its lexicon`)
      return id
    },
    mark: (tokens, like) => markTokens(tables, tokens, enter, like),
    knows: (form) => find(form).length > 0,
  }
}

const markTokens = (
  tables: Tables,
  tokens: readonly Token[],
  enter: (form: string) => Entry,
  like: MarkedAlready | undefined,
): Marks => {
  const present = new Uint8Array(tables.ids.size)
  const entries = tokens.map((token) => enter(token.form))
  const ids: (readonly number[])[] = entries.map((entry) => entry.ids)
  const lengths: (readonly number[])[] = entries.map((entry) => entry.lengths)
  const head = like === undefined ? 0 : like.head - tables.reach
  const tail = tokens.length - (like?.tail ?? 0)
  const moved = tokens.length - (like?.marks.ids.length ?? 0)
  entries.forEach((entry, index) => {
    if (like !== undefined && (index < head || index >= tail)) {
      const at = index < head ? index : index - moved
      ids[index] = like.marks.ids[at] ?? []
      lengths[index] = like.marks.lengths[at] ?? []
      return
    }
    const noted: Noted = { ids: [], lengths: [] }
    for (const bySecond of entry.phrases) notePhrases(entries, index, bySecond, noted)
    markNumbers(tokens, entries, index, noted)
    if (noted.ids.length === 0) return
    ids[index] = [...entry.ids, ...noted.ids]
    lengths[index] = [...entry.lengths, ...noted.lengths]
  })
  for (const list of ids) for (const id of list) present[id] = 1
  return { ids, lengths, present }
}

/** What starts at a token besides what the word itself stands for. */
interface Noted {
  readonly ids: number[]
  readonly lengths: number[]
}

const note = (noted: Noted, id: number, length: number) => {
  noted.ids.push(id)
  noted.lengths.push(length)
}

/** Notes the phrases that open with the word at `index` and go on with the words after it. */
const notePhrases = (entries: readonly Entry[], index: number, bySecond: Entry['phrases'][number], noted: Noted) => {
  for (const second of entries[index + 1]?.seconds ?? []) {
    for (const phrase of bySecond.get(second) ?? []) {
      if (phrase.rest.every((id, offset) => entries[index + 2 + offset]?.ids.includes(id)))
        note(noted, phrase.id, phrase.rest.length + 2)
    }
  }
}

const isYear = (form: string) => /^(19|20)\d\d$/.test(form)

const classId = (name: (typeof NUMBER_CLASSES)[number]) => NUMBER_CLASSES.indexOf(name)

/** The concepts that make a number an amount, a share, a span of time or a multiple. */
const UNITS = ['currency', 'percent', 'time-unit', 'times', 'period', 'month'] as const
type Unit = (typeof UNITS)[number]

const isUnit = (entry: Entry | undefined, unit: Unit): boolean =>
  entry !== undefined && (entry.units & (1 << UNITS.indexOf(unit))) !== 0

const isClock = (token: Token): boolean => token.kind === 'number' && /^\d{1,2}:\d{2}$/.test(token.form)

/** Amounts, per cents, spans of time and multiples that start at `index`. */
const markNumbers = (tokens: readonly Token[], entries: readonly Entry[], index: number, noted: Noted) => {
  const token = tokens[index]
  if (token === undefined) return
  const is = (at: number, unit: Unit) => isUnit(entries[at], unit)
  if (isClock(token)) note(noted, classId('<clock>'), 1)
  if (is(index, 'currency') && tokens[index + 1]?.value != null)
    note(noted, classId('<money>'), isMultiplier(tokens[index + 2] ?? token) ? 3 : 2)
  if (token.value === null) {
    if (isMultiplier(token) && token.form.length > 2 && is(index + 1, 'currency')) note(noted, classId('<money>'), 2)
    return
  }
  note(noted, classId('<num>'), 1)
  let next = index + 1
  if (tokens[next]?.value != null && token.value >= 20 && (tokens[next]?.value ?? 100) < 10 && token.kind === 'word')
    next++
  if (isMultiplier(tokens[next] ?? token)) {
    note(noted, classId('<money>'), next - index + 1)
    next++
  }
  if (is(next, 'percent')) note(noted, classId('<pct>'), next - index + 1)
  if (is(next, 'currency')) note(noted, classId('<money>'), next - index + 1)
  if (is(next, 'time-unit')) note(noted, classId('<time>'), next - index + 1)
  if (is(next, 'times')) note(noted, classId('<times>'), next - index + 1)
  const measured = next > index + 1 || (entries[next]?.units ?? 0) !== 0
  if (token.kind === 'number' && token.value >= 2 && !measured && !isYear(token.form))
    note(noted, classId('<level>'), 1)
}
