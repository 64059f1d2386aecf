import { inSentence, positionsOf, rangeHit } from './detectors/reading.ts'
import type { Lexicon } from './lexicon.ts'
import likeness from './pack/likeness.json' with { type: 'json' }
import type { Reading } from './pattern.ts'
import { isNegated, isWarned } from './polarity.ts'
import { RULE_SET } from './rule-set.ts'
import { englishStem, spellingKey } from './spelling-key.ts'
import type { Token } from './tokens.ts'
import type { Subject } from './types.ts'

/**
 * What a text is like that no rule settles: weights of concepts for harmless text and for each family, learned from
 * labelled messages by `packages/core/testing/rules/train-likeness.ts` and stored as whole numbers in hundredths. A passage that is more
 * like a family than like harmless text goes to a person; nothing is ever allowed or refused by it.
 */
export interface LikenessTable {
  /** `clean` first, then the families; `other` stands for review without a family. */
  readonly classes: readonly string[]
  readonly bias: readonly number[]
  /** By concept: class number and weight, in turns. */
  readonly weights: Readonly<Record<string, readonly number[]>>
  /** Families that only concern some licences. */
  readonly licences: Readonly<Record<string, readonly string[]>>
  /** By how many hundredths a family has to lead over harmless text: to route, and to be named as a finding. */
  readonly route: number
  readonly name: number
  /** Taken off the lead of one passage of a longer text, where the highest of many passages counts. */
  readonly longer: number
}

export const LIKENESS: LikenessTable = likeness

/** Up to so many words are read as one passage; longer texts in passages of three sentences. */
const SHORT_TEXT = 70
const FEW_SENTENCES = 4
const PASSAGE_SENTENCES = 3

/** A passage: its sentences and the concepts that occur in them. */
export interface Passage {
  readonly sentences: readonly number[]
  readonly concepts: ReadonlySet<string>
}

/** Features of the form of a sentence, beside its concepts. */
export const FORM_FEATURES = ['#question', '#exclaims', '#quotes', '#emoji', '#denies'] as const

const formOf = (reading: Reading): Set<string>[] => {
  const forms = reading.sentenceIds.map(() => new Set<string>())
  for (const sentence of reading.questions) forms[sentence]?.add('#question')
  reading.tokens.forEach((token, index) => {
    const form = forms[reading.sentence[index] ?? 0]
    if (reading.quoted[index]) form?.add('#quotes')
    if (token.kind === 'symbol' && /\p{Extended_Pictographic}/u.test(token.form)) form?.add('#emoji')
    if (reading.text.charAt(token.end) === '!') form?.add('#exclaims')
  })
  return forms
}

/** Letters of a Tamil word that are its stem, roughly; its cases are endings. */
const TAMIL_STEM = 5

/** Shorter words say little. */
const MIN_WORD = 3

/** The feature of a word itself, whatever its spelling, script or ending: `=` and its key; `null` for signs and numbers. */
export const wordFeature = ({ kind, form }: Token): string | null => {
  if (kind !== 'word' || form.length < MIN_WORD) return null
  const before = features.get(form)
  if (before !== undefined) return before
  const feature = `=${/^[\u0b80-\u0bff]/.test(form) ? form.slice(0, TAMIL_STEM) : spellingKey(englishStem(form))}`
  if (features.size >= REMEMBERED_WORDS) features.clear()
  features.set(form, feature)
  return feature
}

/** Features remembered at most; they are pure, so that forgetting them changes nothing but speed. */
const REMEMBERED_WORDS = 20_000
const features = new Map<string, string>()

interface Element {
  readonly name: string
  readonly id: number
}

/** The ids of the concepts among the names, looked up once. */
const elements = new WeakMap<ReadonlySet<string>, { lexicon: Lexicon; list: Element[] }>()

const elementsOf = (names: ReadonlySet<string>, lexicon: Lexicon): readonly Element[] => {
  const before = elements.get(names)
  if (before?.lexicon === lexicon) return before.list
  const list = [...names].flatMap((name) => (/^[@<]/.test(name) ? [{ name, id: lexicon.idOf(name) }] : []))
  elements.set(names, { lexicon, list })
  return list
}

/** The concepts and known words of each sentence, without the literals of patterns, and its form. */
const conceptsOf = (reading: Reading, names: ReadonlySet<string>): ReadonlySet<string>[] => {
  const denied = deniedConcepts(reading)
  const present = elementsOf(names, reading.lexicon).filter(({ id }) => reading.marks.present[id] === 1)
  const forms = formOf(reading)
  reading.tokens.forEach((token, index) => {
    const feature = wordFeature(token)
    if (feature !== null && names.has(feature)) forms[reading.sentence[index] ?? 0]?.add(feature)
  })
  return reading.sentenceIds.map((ids, sentence) => {
    const found = forms[sentence] ?? new Set<string>()
    const deniedHere = denied.get(sentence)
    for (const { name, id } of present) if (ids.has(id)) found.add(deniedHere?.has(name) === true ? `~${name}` : name)
    if (DENIALS.some((name) => found.has(name))) found.add('#denies')
    return found
  })
}

/** Concepts that mean the opposite when they are denied or told as a warning; then `~` stands before their name. */
const POLAR = [
  '@guarantee',
  '@vow',
  '@return',
  '@double',
  '@safe',
  '@best',
  '@approve',
  '@gave',
  '@buy',
  '@sell',
  '@free',
  '@rebate',
  '@give',
  '@loan',
  '@call-word',
  '@invest',
  '@trial',
  '@tax-free',
] as const

/** The names that features may have besides those of the concepts. */
export const POLAR_FEATURES = POLAR.map((name) => `~${name}`)

/** Places at which polarity is looked up for one concept at most. */
const MAX_PLACES = 60

/** By sentence: the polar concepts that never stand there unless denied or warned about. */
const deniedConcepts = (reading: Reading): Map<number, Set<string>> => {
  const denied = new Map<number, Set<string>>()
  for (const name of POLAR) {
    const told = new Map<number, boolean>()
    for (const at of positionsOf(reading, name).slice(0, MAX_PLACES)) {
      const sentence = reading.sentence[at] ?? 0
      const hit = rangeHit(at, at)
      told.set(sentence, (told.get(sentence) ?? true) && (isNegated(reading, hit) || isWarned(reading, hit)))
    }
    for (const [sentence, value] of told) {
      if (!value) continue
      const known = denied.get(sentence) ?? new Set<string>()
      denied.set(sentence, known.add(name))
    }
  }
  return denied
}

const NOTHING: ReadonlySet<string> = new Set()

const DENIALS = ['@not-verb', '@not-noun', '@not-after']

const STANDARD_WORDS = new Set(
  RULE_SET.rules.flatMap(({ requiredText }) =>
    Object.values(requiredText ?? {}).map((text) => text.toLowerCase().replace(/[^\p{L}\p{M}]/gu, '')),
  ),
)

/** Sentences that are a standard warning word for word say nothing about the text. */
const standardSentences = (reading: Reading): ReadonlySet<number> => {
  const letters = reading.sentenceIds.map(() => '')
  reading.tokens.forEach((token, index) => {
    const sentence = reading.sentence[index] ?? 0
    letters[sentence] += token.form.replace(/[^\p{L}\p{M}]/gu, '')
  })
  return new Set(letters.flatMap((form, sentence) => (STANDARD_WORDS.has(form) ? [sentence] : [])))
}

/** The passages of a text over which the likeness is measured; the highest one decides. */
export const passagesOf = (reading: Reading, names: ReadonlySet<string>): Passage[] => {
  const standard = standardSentences(reading)
  const sentences = conceptsOf(reading, names).map((set, sentence) => (standard.has(sentence) ? NOTHING : set))
  const join = (from: number, to: number): Passage => {
    const concepts = new Set<string>()
    for (let at = from; at < to; at++) for (const name of sentences[at] ?? NOTHING) concepts.add(name)
    return { sentences: Array.from({ length: to - from }, (_, offset) => from + offset), concepts }
  }
  const words = reading.tokens.filter((token) => token.kind !== 'symbol').length
  if (words <= SHORT_TEXT || sentences.length <= FEW_SENTENCES) return [join(0, sentences.length)]
  return Array.from({ length: sentences.length - PASSAGE_SENTENCES + 1 }, (_, from) =>
    join(from, from + PASSAGE_SENTENCES),
  )
}

export interface Likeness {
  readonly family: string
  /** Lead over harmless text, in hundredths. */
  readonly lead: number
  readonly sentence: number
}

const WEIGHTS: ReadonlyMap<string, readonly number[]> = new Map(Object.entries(LIKENESS.weights))
const NAMES: ReadonlySet<string> = new Set(WEIGHTS.keys())

/** Scores of the classes for a set of concepts: the mean weight, weighted by the root of their number. */
const scoresOf = (concepts: ReadonlySet<string>): number[] => {
  const scores = new Array<number>(LIKENESS.classes.length).fill(0)
  for (const name of concepts) {
    const weights = WEIGHTS.get(name) ?? []
    for (let at = 0; at < weights.length; at += 2) {
      const number = weights[at] ?? 0
      scores[number] = (scores[number] ?? 0) + (weights[at + 1] ?? 0)
    }
  }
  const root = Math.sqrt(Math.max(concepts.size, 1))
  return scores.map((score, number) => score / root + (LIKENESS.bias[number] ?? 0))
}

const concerns = (family: string, subject: Subject): boolean => {
  const licences = LIKENESS.licences[family]
  return licences === undefined || subject.licences.some((licence) => licences.includes(licence))
}

interface Candidate {
  readonly number: number
  readonly lead: number
  readonly passage: Passage
}

const candidateOf = (passage: Passage, subject: Subject): Candidate => {
  const scores = scoresOf(passage.concepts)
  let best = 0
  LIKENESS.classes.forEach((family, number) => {
    if (number === 0 || !concerns(family, subject)) return
    if (best === 0 || (scores[number] ?? 0) > (scores[best] ?? 0)) best = number
  })
  return { number: best, lead: (scores[best] ?? 0) - (scores[0] ?? 0), passage }
}

/** The sentence of a passage that is most like the family. */
const tellingSentence = (passage: Passage, reading: Reading, number: number): number => {
  let sentence = passage.sentences[0] ?? 0
  let highest = Number.NEGATIVE_INFINITY
  for (const at of passage.sentences) {
    const here = [...passage.concepts].filter((name) => /^[@<]/.test(name) && inSentence(reading, at, name))
    const own = scoresOf(new Set(here))
    const lead = (own[number] ?? 0) - (own[0] ?? 0)
    if (lead <= highest) continue
    highest = lead
    sentence = at
  }
  return sentence
}

/** Likenesses by reading and licences: stage 3 asks twice, and the answer is a function of both. */
const known = new WeakMap<Reading, Map<string, Likeness | null>>()

/** What the text is like at its most doubtful passage. */
export const likenessOfText = (reading: Reading, subject: Subject): Likeness | null => {
  const answers = known.get(reading) ?? new Map<string, Likeness | null>()
  known.set(reading, answers)
  const key = subject.licences.join()
  const before = answers.get(key)
  if (before !== undefined) return before
  const likeness = measure(reading, subject)
  answers.set(key, likeness)
  return likeness
}

const measure = (reading: Reading, subject: Subject): Likeness | null => {
  const passages = passagesOf(reading, NAMES)
  const handicap = passages.length > 1 ? LIKENESS.longer : 0
  let highest: Candidate | null = null
  for (const passage of passages) {
    if (passage.concepts.size === 0) continue
    const candidate = candidateOf(passage, subject)
    if (highest === null || candidate.lead > highest.lead) highest = candidate
  }
  if (highest === null) return null
  return {
    family: LIKENESS.classes[highest.number] ?? 'other',
    lead: highest.lead - handicap,
    sentence: tellingSentence(highest.passage, reading, highest.number),
  }
}
