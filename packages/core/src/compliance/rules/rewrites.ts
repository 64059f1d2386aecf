import { ENGINE, readText } from './compiled.ts'
import type { Reading } from './pattern.ts'
import { STANDARD_WARNINGS } from './render.ts'
import { CONCEPTS } from './rule-set.ts'
import { spellingKey } from './spelling-key.ts'

/** What a text says, without its order: words, numbers and concepts, each with a weight. */
export type Gist = ReadonlyMap<string, number>

/** How much of a refused text stands in another one, in per cent. */
export interface Kinship {
  /** What both say, of what either says (weighted Jaccard). */
  readonly alike: number
  /** What both say, of what the refused text says: finds it within a longer one. */
  readonly contained: number
}

/** Words that every text has. They say nothing about where it comes from. */
const EVERYWHERE = new Set(
  `a an the and or but of to in on at is are was were be been for with by from as it its this that these those you your we
   our i my me he she they them his her their not no do does did will would can so if then than there here
   ka ke ki ko se mein me hai hain aur ye yeh wo woh aap hum par bhi to ho hi kar na nahi
   का के की को से में है हैं और यह ये वह आप हम पर भी तो हो ही कर न नहीं`.split(/\s+/),
)

/** What the concepts of one word weigh together: as much as the word, so that a synonym counts for half. */
const CONCEPT_WEIGHT = 1

/** From this likeness on a text counts as a rewrite; `docs/compliance/rewrites.md` has what that finds and what it costs. */
const MIN_ALIKE = 25
/** From this part on a longer text counts as one that holds a refused text. */
const MIN_CONTAINED = 65
/** A refused text of less than this weight stands in many texts by chance. */
const MIN_HELD_WEIGHT = 6
/** Fewer things in common are chance, unless they are all there is. */
const MIN_SHARED = 3

/** A refused text is known by so many of its things at most: a sample, the same for every text. */
export const SAMPLE_SIZE = 64

const CONCEPT_NAMES = new Map(Object.keys(CONCEPTS).map((name) => [ENGINE.lexicon.conceptId(name), name]))

/** The standard warnings, word by word: a firm has them under every text, so they make no two texts alike. */
const WARNINGS = Object.values(STANDARD_WARNINGS).map((warning) => readText(warning).tokens.map(({ form }) => form))

/** The tokens that belong to a standard warning. */
const placesOfWarnings = ({ tokens }: Reading): ReadonlySet<number> => {
  const places = new Set<number>()
  tokens.forEach((_, at) => {
    const warning = WARNINGS.find((forms) => forms.every((form, offset) => tokens[at + offset]?.form === form))
    warning?.forEach((__, offset) => {
      places.add(at + offset)
    })
  })
  return places
}

/**
 * What a text says, as the engine reads it: without hidden characters, look-alikes, digits in words, spelling and order. A
 * word counts by its spelling key and by the concepts that it stands for, a number by its value. Pure.
 */
export const gistOf = (text: string): Gist => {
  const reading = readText(text)
  const warnings = placesOfWarnings(reading)
  const gist = new Map<string, number>()
  const add = (thing: string, weight: number) => gist.set(thing, Math.max(gist.get(thing) ?? 0, weight))
  reading.tokens.forEach((token, at) => {
    if (token.kind === 'symbol' || EVERYWHERE.has(token.form) || warnings.has(at)) return
    if (token.value !== null) {
      add(`#${token.value}`, 1)
      return
    }
    add(`"${spellingKey(token.form)}`, 1)
    const concepts = (reading.marks.ids[at] ?? []).flatMap((id) => CONCEPT_NAMES.get(id) ?? [])
    for (const concept of concepts) add(`@${concept}`, CONCEPT_WEIGHT / concepts.length)
  })
  return gist
}

const weightOf = (gist: Gist): number => [...gist.values()].reduce((sum, weight) => sum + weight, 0)

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((100 * part) / whole))

/** How a text is related to a refused one; null where it is no rewrite of it. Pure. */
export const kinshipOf = (refused: Gist, text: Gist): Kinship | null => {
  let shared = 0
  let common = 0
  for (const [thing, weight] of refused) {
    const other = text.get(thing)
    if (other === undefined) continue
    shared += 1
    common += Math.min(weight, other)
  }
  const [weight, otherWeight] = [weightOf(refused), weightOf(text)]
  const kinship = { alike: percent(common, weight + otherWeight - common), contained: percent(common, weight) }
  if (shared < MIN_SHARED && kinship.alike < 100) return null
  const isHeld = kinship.contained >= MIN_CONTAINED && weight >= MIN_HELD_WEIGHT
  return kinship.alike >= MIN_ALIKE || isHeld ? kinship : null
}

/** Which hashes stand for a text: the smallest, so that of two texts that share a thing both keep it or neither does. */
export const sampleOf = (hashes: readonly bigint[]): bigint[] =>
  [...new Set(hashes)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).slice(0, SAMPLE_SIZE)

/** So many of the texts that share most with a new one are compared with it. */
export const MAX_COMPARED = 8
