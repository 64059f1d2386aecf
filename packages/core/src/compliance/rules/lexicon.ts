import { englishStem, spellingKey } from './spelling-key.ts'
import { isMultiplier, type KnowsWord, type Token } from './tokens.ts'

/**
 * The words of the pack. A concept is a list of entries: `word` (any spelling of it, English endings aside), `word*`
 * (anything that starts so), `=word` (this spelling only) or several words in a row.
 */
export type ConceptTable = Readonly<Record<string, readonly string[]>>

/** What a token is, as small numbers: concepts, literals of patterns and the built-in classes of numbers. */
export interface Lexicon {
  /** The id of a concept (`@name`), class (`<pct>`) or literal; literals are added while the pack is compiled. */
  idOf(element: string): number
  /** Marks every token with the ids that it, or a phrase that starts at it, stands for. */
  mark(tokens: readonly Token[]): Marks
  readonly knows: KnowsWord
}

/** `ids[i]` and `lengths[i]` are parallel: at token `i` starts something of that id, so many tokens long. */
export interface Marks {
  readonly ids: readonly (readonly number[])[]
  readonly lengths: readonly (readonly number[])[]
  /** Every id that occurs. */
  readonly present: ReadonlySet<number>
}

interface Tables {
  ids: Map<string, number>
  exact: Map<string, number[]>
  key: Map<string, number[]>
  prefix: Map<string, number[]>
  /** By the id of their first word: the ids of the other words, and what the whole stands for. */
  phrases: Map<number, { rest: number[]; id: number }[]>
}

export const NUMBER_CLASSES = ['<num>', '<pct>', '<money>', '<time>', '<times>', '<clock>', '<any>'] as const

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

const addWord = (tables: Tables, entry: string, id: number) => {
  if (entry.startsWith('=')) add(tables.exact, foldEntry(entry.slice(1)), id)
  else if (entry.endsWith('*')) add(tables.prefix, spellingKey(foldEntry(entry.slice(0, -1))), id)
  else {
    const form = foldEntry(entry)
    add(tables.exact, form, id)
    add(tables.key, spellingKey(form), id)
    const stem = englishStem(form)
    if (stem !== form) add(tables.key, spellingKey(stem), id)
  }
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
  const [first = 0, ...rest] = words.map((word) => literalId(tables, word))
  const list = tables.phrases.get(first) ?? []
  list.push({ rest, id })
  tables.phrases.set(first, list)
}

/** Words of a spelling key shorter than this have no prefix of a rule. */
const MIN_PREFIX = 2
const MAX_PREFIX = 20

const lookUp = (tables: Tables, form: string): number[] => {
  const found = new Set<number>(tables.exact.get(form))
  const key = spellingKey(form)
  for (const id of tables.key.get(key) ?? []) found.add(id)
  const stem = englishStem(form)
  const stemKey = stem === form ? key : spellingKey(stem)
  if (stemKey !== key) for (const id of tables.key.get(stemKey) ?? []) found.add(id)
  for (let length = MIN_PREFIX; length <= Math.min(key.length, MAX_PREFIX); length++) {
    for (const id of tables.prefix.get(key.slice(0, length)) ?? []) found.add(id)
  }
  return [...found]
}

/** Compiles the concepts of a pack. */
export const createLexicon = (concepts: ConceptTable): Lexicon => {
  const tables: Tables = { ids: new Map(), exact: new Map(), key: new Map(), prefix: new Map(), phrases: new Map() }
  for (const name of NUMBER_CLASSES) idFor(tables, name)
  const sensitive = new Set<string>()
  for (const [concept, entries] of Object.entries(concepts)) {
    const id = idFor(tables, `@${concept}`)
    for (const entry of entries) {
      const words = entry.split(' ')
      if (words.length === 1) addWord(tables, entry, id)
      else addPhrase(tables, words, id)
      if (concept.startsWith('s-')) sensitive.add(concept)
    }
  }
  return {
    idOf: (element) => {
      if (!/^[@<]/.test(element)) return literalId(tables, element)
      const id = tables.ids.get(element)
      if (id === undefined) throw new Error(`The rule pack names ${element}, which is no concept of its lexicon`)
      return id
    },
    mark: (tokens) => markTokens(tables, tokens),
    knows: (form) => lookUp(tables, form).length > 0,
  }
}

const markTokens = (tables: Tables, tokens: readonly Token[]): Marks => {
  const memo = new Map<string, number[]>()
  const present = new Set<number>()
  const ids = tokens.map((token) => {
    let known = memo.get(token.form)
    if (known === undefined) {
      known = lookUp(tables, token.form)
      memo.set(token.form, known)
    }
    return [...known]
  })
  const words = ids.map((list) => [...list])
  const lengths = ids.map((list) => list.map(() => 1))
  const note = (index: number, id: number, length: number) => {
    ids[index]?.push(id)
    lengths[index]?.push(length)
  }
  tokens.forEach((_, index) => {
    for (const first of words[index] ?? []) {
      for (const phrase of tables.phrases.get(first) ?? []) {
        if (phrase.rest.every((id, offset) => words[index + 1 + offset]?.includes(id)))
          note(index, phrase.id, phrase.rest.length + 1)
      }
    }
    note(index, classId('<any>'), 1)
    markNumbers(tables, tokens, words, index, note)
  })
  for (const list of ids) for (const id of list) present.add(id)
  return { ids, lengths, present }
}

const classId = (name: (typeof NUMBER_CLASSES)[number]) => NUMBER_CLASSES.indexOf(name)

/** Amounts, per cents, spans of time and multiples that start at `index`. */
const markNumbers = (
  tables: Tables,
  tokens: readonly Token[],
  words: readonly (readonly number[])[],
  index: number,
  note: (index: number, id: number, length: number) => void,
) => {
  const is = (at: number, concept: string) => words[at]?.includes(tables.ids.get(`@${concept}`) ?? -1) ?? false
  const token = tokens[index]
  if (token === undefined) return
  if (/^\d{1,2}:\d{2}$/.test(token.form)) note(index, classId('<clock>'), 1)
  if (is(index, 'currency') && tokens[index + 1]?.value != null) {
    note(index, classId('<money>'), isMultiplier(tokens[index + 2] ?? token) ? 3 : 2)
  }
  if (token.value === null) {
    if (isMultiplier(token) && token.form.length > 2 && is(index + 1, 'currency')) note(index, classId('<money>'), 2)
    return
  }
  note(index, classId('<num>'), 1)
  let next = index + 1
  if (tokens[next]?.value != null && token.value >= 20 && (tokens[next]?.value ?? 100) < 10 && token.kind === 'word')
    next++
  if (isMultiplier(tokens[next] ?? token)) {
    note(index, classId('<money>'), next - index + 1)
    next++
  }
  if (is(next, 'percent')) note(index, classId('<pct>'), next - index + 1)
  if (is(next, 'currency')) note(index, classId('<money>'), next - index + 1)
  if (is(next, 'time-unit')) note(index, classId('<time>'), next - index + 1)
  if (is(next, 'times')) note(index, classId('<times>'), next - index + 1)
}
