import type { Reading } from '../pattern.ts'
import type { Hit } from '../types.ts'
import { namedSchemes } from './calls.ts'
import { datesIn } from './dates.ts'
import type { Detector } from './detector.ts'
import { coveredAt, inSentence, occurs, positionsOf, rangeHit, sentenceBounds } from './reading.ts'

/** Sentences longer than this are no calls; a call is short whatever its wording. */
const MAX_CALL_WORDS = 45

/** The smallest number that reads as a price. */
const MIN_PRICE = 20

/** Numbers of a range that are no per cent, span of time, multiple, clock, amount of lakhs or year. */
const pricesIn = (reading: Reading, first: number, last: number): number[] => {
  const covered = new Set<number>()
  for (let index = first; index <= last; index++) {
    const length = coveredAt(reading, index, '<pct>', '<time>', '<times>', '<clock>')
    for (let at = index; at < index + length; at++) covered.add(at)
  }
  const prices: number[] = []
  for (let index = first; index <= last; index++) {
    const token = reading.tokens[index]
    if (token?.kind !== 'number' || token.value === null || token.value < MIN_PRICE || covered.has(index)) continue
    if (/^(19|20)\d\d$/.test(token.form)) continue
    prices.push(index)
  }
  return prices
}

/** A capitalised Latin word inside the sentence that no list of ours knows: most likely a name. */
const unknownName = (reading: Reading, first: number, last: number): boolean => {
  for (let index = first; index <= last; index++) {
    const token = reading.tokens[index]
    if (token?.kind !== 'word' || coveredAt(reading, index, '@no-name', '@month', '@place') > 0) continue
    const written = reading.text.slice(token.start, token.end)
    if (index > first && /^[A-Z][A-Za-z&]{2,}$/.test(written) && !reading.lexicon.knows(token.form)) return true
  }
  return false
}

/**
 * Buying and selling with a price: an action and a security with a price, or a way in and a way out with two prices,
 * in any language and order. Goals, policies, loans and explanations of orders are none.
 */
export const priceCall: Detector = (reading) => {
  if (occurs(reading, '@warning')) return []
  return sentenceBounds(reading).flatMap(({ first, last }, sentence) => {
    const here = (...elements: string[]) => inSentence(reading, sentence, ...elements)
    if (last - first > MAX_CALL_WORDS || !here('@buy', '@sell', '@take')) return []
    if (here('@definition', '@goal-word', '@insurance', '@loan', '@every-month', '@salary', '@tax')) return []
    const prices = pricesIn(reading, first, last)
    const bothWays = here('@buy', '@take') && here('@sell', '@target', '@stoploss', '@direction')
    const named = here('@security', '@stock') || unknownName(reading, first, last)
    const traded = here('@security', '@stock', '@target', '@stoploss') || (bothWays && prices.length >= 2)
    return traded && ((bothWays && prices.length >= 2) || (named && prices.length >= 1 && here('@level-word', '@near')))
      ? [rangeHit(first, last)]
      : []
  })
}

/** A scheme by its own name that is praised by its rank, with the way to get it. */
export const rankedScheme: Detector = (reading) =>
  occurs(reading, '@ranked') && occurs(reading, '@scheme-act', '@offer-verb') ? namedSchemes(reading).slice(0, 1) : []

const hasLevel = (reading: Reading, first: number, last: number): boolean => pricesIn(reading, first, last).length > 0

/**
 * A text that calls itself a lesson or no advice, and then tells where a real or thinly veiled security will go. An
 * old date on the data, or a warning, makes it a lesson after all.
 */
export const winkingLesson: Detector = (reading, { subject }): Hit[] => {
  if (!occurs(reading, '@education-only') || !occurs(reading, '@direction') || occurs(reading, '@warning')) return []
  const named = positionsOf(reading, '@security', '@stock', '@code-name').length > 0
  const bounds = sentenceBounds(reading)
  const known = named || bounds.some(({ first, last }) => unknownName(reading, first, last))
  if (!known || datesIn(reading, subject.publicationDate).length > 0) return []
  return bounds.flatMap(({ first, last }, sentence) =>
    hasLevel(reading, first, last) &&
    (inSentence(reading, sentence, '@direction') || inSentence(reading, sentence + 1, '@direction'))
      ? [rangeHit(first, last)]
      : [],
  )
}
