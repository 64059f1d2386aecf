import { lengthAt, type Reading } from './pattern.ts'
import type { Hit } from './types.ts'

/** Tokens before a hit in which an English "not" reaches it, and after it in which an Indic one does. */
const REACH = 7

/** Tokens before a hit in which "we" or "our" makes the speaker its author. */
const SPEAKER_REACH = 5

const is = (reading: Reading, index: number, concept: string): boolean =>
  lengthAt(reading, index, [reading.lexicon.idOf(`@${concept}`)]) > 0

const sameClause = (reading: Reading, a: number, b: number) => reading.clause[a] === reading.clause[b]
const sameSentence = (reading: Reading, a: number, b: number) => reading.sentence[a] === reading.sentence[b]

/** "Never miss", "not only", "don't worry": a negation of something else. */
const isBroken = (reading: Reading, index: number): boolean =>
  is(reading, index + 1, 'not-breaker') || is(reading, index + 2, 'not-breaker')

/** English: the negation comes first and carries over commas when it belongs to a verb ("we do not offer a, b or c"). */
const negatedBefore = (reading: Reading, hit: Hit): boolean => {
  for (let index = hit.first - 1; index >= Math.max(0, hit.first - REACH - 3); index--) {
    if (!sameSentence(reading, index, hit.first) || is(reading, index, 'but')) return false
    if (is(reading, index, 'not-verb') && !isBroken(reading, index)) return true
    if (!sameClause(reading, index, hit.first) || hit.first - index > REACH) continue
    if (is(reading, index, 'not-noun') && hit.first - index <= 5 && !isBroken(reading, index)) return true
  }
  return false
}

/** A negation between the parts of a hit, such as "returns are not guaranteed", that the pattern did not ask for. */
const negatedInside = (reading: Reading, hit: Hit): boolean => {
  for (let index = hit.first; index <= hit.last; index++) {
    if (hit.consumed.has(index)) continue
    if ((is(reading, index, 'not-verb') || is(reading, index, 'not-noun')) && !isBroken(reading, index)) return true
    if (is(reading, index, 'not-after') && !breaksBehind(reading, index)) return true
  }
  return false
}

/** "tension nahi", "nahi to": the negation belongs to the word before it, or is an "otherwise". */
const breaksBehind = (reading: Reading, index: number): boolean =>
  is(reading, index - 1, 'not-breaker-behind') || is(reading, index + 1, 'otherwise')

/** Indic languages: the negation follows. "koi" between hit and negation binds it to something else. */
const negatedAfter = (reading: Reading, hit: Hit): boolean => {
  for (let index = hit.last + 1; index <= hit.last + REACH && index < reading.tokens.length; index++) {
    if (!sameClause(reading, index, hit.last)) return false
    if (is(reading, index, 'any') || is(reading, index, 'but') || is(reading, index, 'if-word')) return false
    if (is(reading, index, 'not-after') && !breaksBehind(reading, index)) return true
    if (index <= hit.last + 3 && is(reading, index, 'not-verb') && !isBroken(reading, index)) return true
  }
  return false
}

/** True when the text says that the matched thing is not so. */
export const isNegated = (reading: Reading, hit: Hit): boolean =>
  negatedInside(reading, hit) || negatedBefore(reading, hit) || negatedAfter(reading, hit)

const isFirstPerson = (reading: Reading, hit: Hit): boolean => {
  for (let index = hit.last; index >= Math.max(0, hit.first - SPEAKER_REACH); index--) {
    if (sameClause(reading, index, hit.first) && is(reading, index, 'first-person')) return true
  }
  return false
}

const sentenceHas = (reading: Reading, sentence: number, concept: string): boolean =>
  reading.sentenceIds[sentence]?.has(reading.lexicon.idOf(`@${concept}`)) ?? false

/** True when the matched words are somebody else's, told as a warning. */
export const isWarned = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  const quoted = reading.quoted[hit.first] === true && reading.quoted[hit.last] === true
  if (quoted) {
    if (reading.marks.present.has(reading.lexicon.idOf('@warning'))) return true
    return sentenceHas(reading, sentence, 'reported')
  }
  if (isFirstPerson(reading, hit)) return false
  if (sentenceHas(reading, sentence, 'warning')) return true
  const nearby = sentenceHas(reading, sentence - 1, 'warning') || sentenceHas(reading, sentence + 1, 'warning')
  return nearby && sentenceHas(reading, sentence, 'third-party')
}

/** True when the sentence explains a term. */
export const isDefinition = (reading: Reading, hit: Hit): boolean =>
  sentenceHas(reading, reading.sentence[hit.first] ?? 0, 'definition')
