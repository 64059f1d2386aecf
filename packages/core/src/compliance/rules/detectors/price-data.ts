import type { Reading } from '../pattern.ts'
import type { Subject } from '../types.ts'
import { datesIn, monthsBefore, parseDay } from './dates.ts'
import type { Detector } from './detector.ts'
import { inSentence, occurs, positionsOf, rangeHit, sentenceBounds } from './reading.ts'

/** Days around the limit of the lag within which a person looks at the date (`scoring.md`, "Always to a human"). */
const NEAR_LIMIT_DAYS = 7

/** The last day whose prices may be used in education on `publicationDate`: older than the lag, never equal to it. */
export const lastUsableDay = (publicationDate: string, lag: { value: number; unit: string }): number =>
  lag.unit === 'calendar_month'
    ? monthsBefore(publicationDate, lag.value) - 1
    : parseDay(publicationDate) - lag.value - 1

const isLag = (value: unknown): value is { value: number; unit: string } =>
  typeof value === 'object' && value !== null && 'value' in value && 'unit' in value

/** True when a security is named next to price data: a chart, a price or levels. */
const namesSecurityWithPrice = (reading: Reading) =>
  occurs(reading, '@security') && occurs(reading, '@chart', '@level-word', '@target', '@stoploss')

/** A named security with price data of a day inside the lag that points to a future price. */
export const recentPriceData: Detector = (reading, { subject, params }) => {
  if (!isLag(params.lag) || !namesSecurityWithPrice(reading) || occurs(reading, '@warning')) return []
  if (!pointsForward(reading)) return []
  const date = recentDay(reading, subject, params.lag)
  if (date === null) return []
  const security = positionsOf(reading, '@security')[0] ?? 0
  const far = Math.abs(security - date) > 25
  return [far ? rangeHit(security, security) : rangeHit(Math.min(security, date), Math.max(security, date))]
}

/** Where the text names a day inside the lag: by its date, or in a lesson by "yesterday" beside the security. */
const recentDay = (reading: Reading, subject: Subject, lag: { value: number; unit: string }): number | null => {
  const published = parseDay(subject.publicationDate)
  const limit = lastUsableDay(subject.publicationDate, lag)
  const dates = datesIn(reading, subject.publicationDate)
  const recent = dates.find(({ day }) => day > limit && day <= published)
  if (recent !== undefined) return recent.index
  if (dates.length > 0 || !occurs(reading, '@education', '@chart')) return null
  const told = positionsOf(reading, '@recent').find((at) => inSentence(reading, reading.sentence[at] ?? 0, '@security'))
  return told ?? null
}

/** Levels, direction or a call to act: the text does not stop at the past. */
const pointsForward = (reading: Reading): boolean =>
  occurs(reading, '@direction', '@target', '@stoploss') || occurs(reading, '@trade-level')

/** An educational text that shows direction or levels of a real or thinly veiled security, with no old date on it. */
export const lessonWithDirection: Detector = (reading, { subject }) => {
  if (!occurs(reading, '@education') || !occurs(reading, '@security', '@code-name')) return []
  if (occurs(reading, '@warning') || datesIn(reading, subject.publicationDate).length > 0) return []
  return sentenceBounds(reading).flatMap(({ first, last }, sentence) =>
    inSentence(reading, sentence, '@direction') &&
    (inSentence(reading, sentence, '<num>') || occurs(reading, '@level-word'))
      ? [rangeHit(first, last)]
      : [],
  )
}

/** A person looks at it: levels, a date near the limit of the lag, or no date at all on price data. */
export const needsPriceReview = (reading: Reading, subject: Subject): boolean => {
  if (!namesSecurityWithPrice(reading) || !occurs(reading, '<num>')) return false
  if (!occurs(reading, '@chart', '@target', '@stoploss')) return false
  if (pointsForward(reading)) return true
  const published = parseDay(subject.publicationDate)
  const dates = datesIn(reading, subject.publicationDate).filter(({ day }) => day <= published)
  if (dates.length === 0) return true
  const months = subject.publicationDate < '2026-07-01'
  const limit = lastUsableDay(
    subject.publicationDate,
    months ? { value: 3, unit: 'calendar_month' } : { value: 30, unit: 'day' },
  )
  return dates.some(({ day }) => day > limit - NEAR_LIMIT_DAYS)
}
