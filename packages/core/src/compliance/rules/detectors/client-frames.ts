import type { Reading } from '../pattern.ts'
import type { Hit } from '../types.ts'
import type { Detector } from './detector.ts'
import { coveredAt, inSentence, occurs, positionsOf, rangeHit, sentenceBounds } from './reading.ts'

/** Sentences over which the story of one client is told: how it began, what it became. */
const STORY_REACH = 2

/** Somebody came to us with so much and has so much now: a testimonial without quotation marks. */
export const clientStory: Detector = (reading) => {
  if (occurs(reading, '@warning')) return []
  const bounds = sentenceBounds(reading)
  return bounds.flatMap(({ first }, sentence) => {
    if (!inSentence(reading, sentence, '@came-to-us')) return []
    const until = Math.min(sentence + STORY_REACH, bounds.length - 1)
    const last = bounds[until]?.last ?? first
    const figures = positionsOf(reading, '<money>', '<pct>', '<times>', '@double').filter(
      (at) => at >= first && at <= last,
    )
    return figures.length > 0 && told(reading, sentence, until) ? [rangeHit(first, last)] : []
  })
}

const told = (reading: Reading, from: number, to: number): boolean => {
  for (let sentence = from; sentence <= to; sentence++)
    if (inSentence(reading, sentence, '@now-word', '@earned', '@gave', '@become', '@past')) return true
  return false
}

/** Words of a quotation at least; shorter ones are terms and titles. */
const MIN_QUOTE_WORDS = 4

/** Words before and after a quotation in which its speaker is named. */
const SPEAKER_REACH = 9
const SIGNATURE_REACH = 5

interface Quotation {
  readonly first: number
  readonly last: number
}

const quotationsIn = (reading: Reading): Quotation[] => {
  const found: Quotation[] = []
  let first = -1
  for (let index = 0; index <= reading.tokens.length; index++) {
    const quoted = reading.quoted[index] === true
    if (quoted && first < 0) first = index
    if (quoted || first < 0) continue
    if (index - first >= MIN_QUOTE_WORDS) found.push({ first, last: index - 1 })
    first = -1
  }
  return found
}

/** A dash and a name, or a client by any word, right after the quotation. */
const isSigned = (reading: Reading, { last }: Quotation): boolean => {
  const next = reading.tokens[last + 1]
  const end = reading.tokens[last]?.end ?? 0
  if (next === undefined) return false
  const dash = /[-–—~]/.test(reading.text.slice(end, next.start))
  if (!dash) return false
  const written = reading.text.slice(next.start, next.end)
  return /^[A-Z\u0900-\u0dff]/.test(written) || signs(reading, last + 1, last + SIGNATURE_REACH)
}

const signs = (reading: Reading, from: number, to: number): boolean =>
  positionsOf(reading, '@client-word').some((at) => at >= from && at <= to)

/** Who wrote or said it, named before the quotation. */
const isIntroduced = (reading: Reading, { first }: Quotation): boolean =>
  positionsOf(reading, '@says-mark').some((at) => at < first && at >= first - SPEAKER_REACH)

/** Words of the quotation that give the speaker of the text credit or tell of what the client got. */
const givesCredit = (reading: Reading, { first, last }: Quotation): boolean => {
  for (let index = first; index <= last; index++)
    if (coveredAt(reading, index, '@credit-to', '@praise', '@thanks', '@earned', '<money>', '<pct>') > 0) return true
  return false
}

/** Quoted words of a client, signed or introduced, that give credit; whatever stands in them is said for us. */
export const creditedQuotation: Detector = (reading): Hit[] =>
  occurs(reading, '@warning')
    ? []
    : quotationsIn(reading)
        .filter((quotation) => isSigned(reading, quotation) || isIntroduced(reading, quotation))
        .filter((quotation) => givesCredit(reading, quotation))
        .map(({ first, last }) => rangeHit(first, last))
