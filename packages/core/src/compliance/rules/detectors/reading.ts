import { lengthAt, type Reading, startsOf } from '../pattern.ts'
import type { Hit } from '../types.ts'

const idsOf = (reading: Reading, elements: readonly string[]) =>
  elements.map((element) => reading.lexicon.idOf(element))

/** Token positions at which one of the concepts or classes starts. */
export const positionsOf = (reading: Reading, ...elements: string[]): readonly number[] =>
  startsOf(reading, idsOf(reading, elements))

/** True when one of the concepts or classes occurs anywhere in the text. */
export const occurs = (reading: Reading, ...elements: string[]): boolean =>
  elements.some((element) => reading.marks.present[reading.lexicon.idOf(element)] === 1)

/** True when one of them occurs in the sentence. */
export const inSentence = (reading: Reading, sentence: number, ...elements: string[]): boolean => {
  const here = reading.sentenceIds[sentence]
  return here !== undefined && elements.some((element) => here.has(reading.lexicon.idOf(element)))
}

/** How many tokens a concept or class covers at `index`; 0 for none. */
export const coveredAt = (reading: Reading, index: number, ...elements: string[]): number =>
  lengthAt(reading, index, idsOf(reading, elements))

/** First and last token of every sentence. */
export const sentenceBounds = (reading: Reading): { first: number; last: number }[] => {
  const bounds: { first: number; last: number }[] = []
  reading.sentence.forEach((sentence, index) => {
    const known = bounds[sentence]
    bounds[sentence] = known === undefined ? { first: index, last: index } : { first: known.first, last: index }
  })
  return bounds
}

/** A hit over a range of tokens, all of them consumed, so that no negation inside it counts. */
export const rangeHit = (first: number, last: number, note?: string): Hit => ({
  first,
  last,
  consumed: new Set(Array.from({ length: last - first + 1 }, (_, offset) => first + offset)),
  ...(note === undefined ? {} : { note }),
})
