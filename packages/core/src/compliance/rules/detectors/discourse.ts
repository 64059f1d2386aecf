import { multiplierWord } from '../numbers.ts'
import type { Reading } from '../pattern.ts'
import type { Hit } from '../types.ts'
import type { Detector } from './detector.ts'
import { coveredAt, inSentence, occurs, positionsOf, rangeHit, sentenceBounds } from './reading.ts'

/** Sentences that may lie between a question and its one-word answer. */
const ANSWER_REACH = 4

/** "Will you ever lose money with us? ... Never.": the claim is split over question and answer. */
export const splitNeverLose: Detector = (reading) => {
  const bounds = sentenceBounds(reading)
  return [...reading.questions].flatMap((question) => {
    if (!inSentence(reading, question, '@lose') || !inSentence(reading, question, '@money', '@first-person')) return []
    for (let sentence = question + 1; sentence <= question + ANSWER_REACH; sentence++) {
      const at = bounds[sentence]
      if (at !== undefined && at.last - at.first < 3 && inSentence(reading, sentence, '@never'))
        return [rangeHit(bounds[question]?.first ?? 0, at.last)]
    }
    return []
  })
}

/** Sentences `from` to `from + reach` hold one of each group of concepts. */
const together = (reading: Reading, from: number, reach: number, groups: readonly (readonly string[])[]): boolean =>
  groups.every((group) => {
    for (let sentence = from; sentence <= from + reach; sentence++)
      if (inSentence(reading, sentence, ...group)) return true
    return false
  })

/** Hits for every sentence with `anchor` from which the groups are found within `reach` sentences. */
const across = (
  reading: Reading,
  anchor: readonly string[],
  reach: number,
  groups: readonly (readonly string[])[],
): Hit[] => {
  const bounds = sentenceBounds(reading)
  return bounds.flatMap(({ first, last }, sentence) =>
    inSentence(reading, sentence, ...anchor) && together(reading, sentence, reach, groups)
      ? [rangeHit(first, bounds[sentence + reach]?.last ?? bounds[bounds.length - 1]?.last ?? last)]
      : [],
  )
}

/** A guess about the market in one sentence, a prize in the next. */
export const contestAcrossSentences: Detector = (reading) =>
  occurs(reading, '@no-prize', '@warning')
    ? []
    : across(reading, ['@guess-word'], 2, [['@prize'], ['@nifty-word', '@contest', '@stock', '@refer-word']])

/** A well-known person, and in the same breath that he or she invests with the speaker. */
export const celebrityAcrossSentences: Detector = (reading) =>
  occurs(reading, '@warning')
    ? []
    : across(reading, ['@celebrity'], 1, [['@endorses'], ['@first-person', '@fund', '@here-word']])

/** A loan in one sentence, the market in another, and the gap between the rates as the gain. */
export const borrowAcrossSentences: Detector = (reading) => {
  if (occurs(reading, '@warning', '@loan-neutral')) return []
  const denied = (hit: Hit) =>
    inSentence(reading, reading.sentence[hit.first] ?? 0, '@not-verb', '@not-after', '@lossword', '@risk-word')
  return across(reading, ['@loan'], 2, [['@put-to-work'], ['@gap-profit', '@imperative']]).filter((hit) => !denied(hit))
}

/** Quoted words of a client that praise service or tell of results. */
export const clientQuotation: Detector = (reading) => {
  if (occurs(reading, '@warning') || !occurs(reading, '@client-word', '@thanks', '@stars')) return []
  const hits: Hit[] = []
  let first = -1
  for (let index = 0; index <= reading.tokens.length; index++) {
    const quoted = reading.quoted[index] === true
    if (quoted && first < 0) first = index
    if (!quoted && first >= 0) {
      if (index - first >= 4 && speaksAsClient(reading, first, index - 1)) hits.push(rangeHit(first, index - 1))
      first = -1
    }
  }
  return hits
}

const speaksAsClient = (reading: Reading, first: number, last: number): boolean => {
  const within = (...elements: string[]) => positionsOf(reading, ...elements).some((at) => at >= first && at <= last)
  const attributed = positionsOf(reading, '@client-word', '@reported', '@stars').some(
    (at) => (at < first && at >= first - 12) || (at > last && at <= last + 6),
  )
  const ownClient = positionsOf(reading, '@client-word').some(
    (at) =>
      ((at < first && at >= first - 8) || (at > last && at <= last + 8)) &&
      [at - 1, at - 2].some((near) => coveredAt(reading, near, '@our') > 0),
  )
  return (
    ownClient ||
    (within('@praise', '@thanks') && (attributed || occurs(reading, '@thanks'))) ||
    (within('<money>', '<pct>', '@return', '@better-life') && within('@first-person') && attributed)
  )
}

/** "Tuesday we wrote 410, this evening the screen says 486": the own record told in two numbers. */
export const ownRecord: Detector = (reading) => {
  if (occurs(reading, '@warning')) return []
  const bounds = sentenceBounds(reading)
  return bounds.flatMap(({ first, last }, sentence) => {
    if (!inSentence(reading, sentence, '@first-person') || !inSentence(reading, sentence, '@said-word')) return []
    const said = levelIn(reading, first, last)
    for (let next = sentence; next <= sentence + 1; next++) {
      const at = bounds[next]
      if (at === undefined || !inSentence(reading, next, '@now-word')) continue
      const now = levelIn(reading, next === sentence ? first : at.first, at.last, said)
      if (said !== null && now !== null && now > said) return [rangeHit(first, at.last)]
    }
    return []
  })
}

/** The last number of a range that reads as a price level, other than `except`. */
const levelIn = (reading: Reading, first: number, last: number, except: number | null = null): number | null => {
  for (let index = last; index >= first; index--) {
    const token = reading.tokens[index]
    if (
      token?.kind === 'number' &&
      token.value !== null &&
      token.value >= 20 &&
      token.value !== except &&
      !/^(19|20)\d\d$/.test(token.form)
    )
      return token.value
  }
  return null
}

/** The value of an amount of money that starts at `index`: the number times its lakh or crore. */
const amountAt = (reading: Reading, index: number): number => {
  let value = 0
  for (let at = index; at < index + coveredAt(reading, index, '<money>'); at++) {
    const token = reading.tokens[at]
    if (token === undefined) continue
    value = token.value === null ? value * (multiplierWord(token.form) ?? 1) : value + token.value
  }
  return value
}

/** The amount grows by at least so many tenths before it counts as a promise to multiply. */
const MULTIPLIED_TENTHS = 15

/** A smaller amount in, a larger one out, within a time, told to the reader: "put in 1 lakh, take home 3 in 5 years". */
export const amountToAmount: Detector = (reading) =>
  sentenceBounds(reading).flatMap(({ first, last }, sentence) => {
    const here = (...elements: string[]) => inSentence(reading, sentence, ...elements)
    const timed = here('<time>', '@period', '@time-anchor')
    if (!timed || !here('@put-verb', '@invest', '@become', '@earn', '@vow', '@guarantee')) return []
    if (
      here(
        '@illustration',
        '@may',
        '@inflation',
        '@cover',
        '@loan',
        '@premium-word',
        '@tax',
        '@price-word',
        '@education-cost',
        '@every-month',
      )
    )
      return []
    const amounts = positionsOf(reading, '<money>').filter(
      (at) => at >= first && at <= last && reading.tokens[at - 1]?.form !== '₹',
    )
    const [from, to] = amounts
    if (from === undefined || to === undefined || amounts.length > 3) return []
    return amountAt(reading, to) * 10 >= amountAt(reading, from) * MULTIPLIED_TENTHS && amountAt(reading, from) > 0
      ? [rangeHit(from, to)]
      : []
  })

/** Amount, time and return in one sentence, told as what will happen and not as an assumption. */
export const amountTimeReturn: Detector = (reading) =>
  sentenceBounds(reading).flatMap(({ first, last }, sentence) => {
    const here = (...elements: string[]) => inSentence(reading, sentence, ...elements)
    const figures = here('<pct>', '<times>') && here('@period', '<time>') && here('@return')
    const promised = here('@will', '@earn') && here('@first-person', '@past-client', '@money')
    const explained = here(
      '@illustration',
      '@interest',
      '@may',
      '@inflation',
      '@past',
      '@tax',
      '@official',
      '@cover',
      '@commission',
      '@if-word',
      '@fd',
      '@index',
    )
    return figures && promised && !explained && !reading.questions.has(sentence) ? [rangeHit(first, last)] : []
  })
