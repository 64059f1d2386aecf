import type { Reading } from '../pattern.ts'
import type { Hit } from '../types.ts'
import type { Detector } from './detector.ts'
import { coveredAt, inSentence, occurs, positionsOf, rangeHit, sentenceBounds } from './reading.ts'

/** Numbers of a sentence that read as prices: no per cent, no span of time, no year, no clock. */
const levels = (reading: Reading, first: number, last: number): number => {
  let count = 0
  for (let index = first; index <= last; index++) {
    const token = reading.tokens[index]
    if (token?.kind !== 'number' || token.value === null || token.value < 2) continue
    if (coveredAt(reading, index, '<pct>', '<time>', '<times>', '<clock>') > 0 || /^(19|20)\d\d$/.test(token.form))
      continue
    count++
  }
  return count
}

/** Two of action, target, stop and level with two prices: a trading call in any wording or order. */
export const securityWithLevels: Detector = (reading) =>
  sentenceBounds(reading).flatMap(({ first, last }, sentence) => {
    const here = (...elements: string[]) => inSentence(reading, sentence, ...elements)
    if (here('@definition', '@goal-word', '@insurance', '@loan') || occurs(reading, '@warning')) return []
    const parts = [here('@buy', '@sell'), here('@target'), here('@stoploss'), here('@level-word')].filter(
      Boolean,
    ).length
    const price = here('@target', '@stoploss') || here('@security', '@stock')
    return parts >= 2 && price && levels(reading, first, last) >= 2 && last - first < 60 ? [rangeHit(first, last)] : []
  })

/** Kinds of fund in one name at most, such as "large and mid cap equity growth". */
const MAX_KINDS = 6

/** Where the words for the kind of fund end that start at `index`; `index` itself when there are none. */
const afterKinds = (reading: Reading, index: number): number => {
  let next = index
  for (let kinds = 0; kinds < MAX_KINDS; kinds++) next += coveredAt(reading, next, '@fund-type')
  return next
}

/** A word that can only be a name: capitalised or Indic, and either a fund house or in no list of ours. */
const isName = (reading: Reading, index: number, kinds: boolean): boolean => {
  const name = reading.tokens[index]
  if (name === undefined || coveredAt(reading, index, '@no-name', '@fund-type', '@best', '@mutual-fund') > 0)
    return false
  if (reading.lexicon.knows(name.form) && coveredAt(reading, index, '@amc-name') === 0) return false
  const written = reading.text.slice(name.start, name.end)
  if (/^[^A-Za-z0-9]{3,}$/.test(written)) return true
  return /^[A-Z][A-Za-z]{2,}$/.test(written) && (kinds || reading.sentence[index - 1] === reading.sentence[index])
}

/** A scheme by its own name: capitalised words before the kind of fund, or before "fund". */
export const namedSchemes = (reading: Reading): Hit[] => {
  const ends = new Set(positionsOf(reading, '@fund'))
  const starts = new Set([...ends, ...positionsOf(reading, '@fund-type')])
  return [...starts]
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const end = afterKinds(reading, index)
      const named =
        ends.has(end) &&
        reading.sentence[index - 1] === reading.sentence[index] &&
        isName(reading, index - 1, end > index)
      return named ? [rangeHit(index - 1, end)] : []
    })
}

/** A named scheme in a sentence that tells the reader to act. One-to-one texts may rest on a known need. */
export const namedSchemeWithAction: Detector = (reading, { subject }) =>
  subject.audience === 'client' || occurs(reading, '@warning')
    ? []
    : namedSchemes(reading).filter(
        (hit) =>
          inSentence(reading, reading.sentence[hit.first] ?? 0, '@scheme-act') &&
          !reading.questions.has(reading.sentence[hit.first] ?? 0),
      )

/** Words of a fragment at most: tips and slogans are often cut over several messages. */
const FRAGMENT = 3

/** "Target 1,200", "SL 980" or "#1" alone: a piece of a call or slogan sent as its own message. */
export const fragment: Detector = (reading, { params }) =>
  reading.tokens.length > 0 && reading.tokens.length <= FRAGMENT && coveredAt(reading, 0, String(params.concept)) > 0
    ? [rangeHit(0, reading.tokens.length - 1)]
    : []

/** A view on a named security, in the same sentence or the next. */
export const analystView: Detector = (reading) => {
  if (occurs(reading, '@warning')) return []
  const bounds = sentenceBounds(reading)
  return bounds.flatMap(({ first }, sentence) => {
    if (!inSentence(reading, sentence, '@security')) return []
    if (![sentence, sentence + 1].some((at) => inSentence(reading, at, '@report-parts', '@view-label', '@our')))
      return []
    const until = [sentence, sentence + 1].find((at) => inSentence(reading, at, '@view-strict'))
    return until === undefined ? [] : [rangeHit(first, bounds[until]?.last ?? first)]
  })
}
