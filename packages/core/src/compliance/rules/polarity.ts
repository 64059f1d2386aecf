import type { Reading } from './pattern.ts'
import type { Hit } from './types.ts'

/** Tokens before a hit in which an English "not" reaches it, and after it in which an Indic one does. */
const REACH = 7

/** Tokens before a hit in which "we" or "our" makes the speaker its author. */
const SPEAKER_REACH = 5

const is = (reading: Reading, index: number, concept: string): boolean =>
  reading.marks.ids[index]?.includes(reading.lexicon.conceptId(concept)) ?? false

const sentenceHas = (reading: Reading, sentence: number, concept: string): boolean =>
  reading.sentenceIds[sentence]?.has(reading.lexicon.conceptId(concept)) ?? false

const sameClause = (reading: Reading, a: number, b: number) => reading.clause[a] === reading.clause[b]
const sameSentence = (reading: Reading, a: number, b: number) => reading.sentence[a] === reading.sentence[b]

/** Tokens over which a denial of a whole clause reaches. */
const FRAME_REACH = 30

/** "Never ... not": Indic languages say both for one denial, so a claim that is negative itself is not denied by the second. */
const isNegativeClaim = (reading: Reading, hit: Hit): boolean => {
  for (const index of hit.consumed)
    if (is(reading, index, 'never') && !is(reading, index, 'zero') && !is(reading, index, 'not-verb')) return true
  return false
}

/** "Never miss", "not only", "don't worry": a negation of something else. */
const isBroken = (reading: Reading, index: number): boolean =>
  is(reading, index + 1, 'not-breaker') || is(reading, index + 2, 'not-breaker')

/** English: the negation comes first and carries over commas when it belongs to a verb ("we do not offer a, b or c"). */
const negatedBefore = (reading: Reading, hit: Hit): boolean => {
  for (let index = hit.first - 1; index >= Math.max(0, hit.first - REACH - 3); index--) {
    if (!sameSentence(reading, index, hit.first) || is(reading, index, 'but')) return false
    const carries = sameClause(reading, index, hit.first) || !is(reading, index, 'nobody')
    if (carries && is(reading, index, 'not-verb') && !isBroken(reading, index)) return true
    if (!sameClause(reading, index, hit.first) || hit.first - index > REACH) continue
    if (is(reading, index, 'not-noun') && hit.first - index <= 5 && !isBroken(reading, index)) return true
  }
  return false
}

/** "No honest person", "nobody": the subject is denied, and with it all that is said of it; not "nobody else". */
const deniesSubject = (reading: Reading, index: number): boolean => {
  if (is(reading, index + 1, 'someone-else') || is(reading, index + 2, 'someone-else')) return false
  if (is(reading, index, 'nobody')) return true
  if (!is(reading, index, 'not-noun')) return false
  return is(reading, index + 1, 'person-noun') || is(reading, index + 2, 'person-noun')
}

/**
 * A frame that denies a whole clause: "that does not mean that ...", "nobody can say that ...". The first reaches what
 * follows in its sentence, a denied saying or knowing the whole sentence.
 */
const deniedByFrame = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  if (sentenceHas(reading, sentence, 'cannot-say') && clauseCannotSay(reading, hit)) return true
  if (!['deny-that', 'nobody', 'not-noun'].some((concept) => sentenceHas(reading, sentence, concept))) return false
  let says = false
  for (
    let index = hit.first - 1;
    index >= hit.first - FRAME_REACH && sameSentence(reading, index, hit.first);
    index--
  ) {
    const near = sameClause(reading, index, hit.first)
    if (is(reading, index, 'but')) return false
    if (near && is(reading, index, 'deny-that')) return true
    if ((near || says) && deniesSubject(reading, index)) return true
    says ||= is(reading, index, 'speaks-of')
  }
  return false
}

/** "... koi nahi keh sakta": a denied saying or knowing in the clause of the hit. */
const clauseCannotSay = (reading: Reading, hit: Hit): boolean => {
  let says = false
  let denies = false
  for (let index = Math.max(0, hit.first - FRAME_REACH); index <= hit.last + FRAME_REACH; index++) {
    if (!sameClause(reading, index, hit.first)) continue
    says ||= is(reading, index, 'cannot-say')
    denies ||= ['not-after', 'not-verb', 'not-noun', 'nobody'].some((concept) => is(reading, index, concept))
  }
  return says && denies
}

/** A negation between the parts of a hit, such as "returns are not guaranteed", that the pattern did not ask for. */
const negatedInside = (reading: Reading, hit: Hit): boolean => {
  if (isNegativeClaim(reading, hit)) return false
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

/** "... banne ki koi yojana nahi": there is no such thing, said of the hit itself. */
const isNoSuchThing = (reading: Reading, index: number): boolean =>
  is(reading, index - 1, 'genitive') && is(reading, index + 1, 'such-thing')

/** Indic languages: the negation follows. "koi" between hit and negation binds it to something else. */
const negatedAfter = (reading: Reading, hit: Hit): boolean => {
  if (isNegativeClaim(reading, hit)) return false
  for (let index = hit.last + 1; index <= hit.last + REACH && index < reading.tokens.length; index++) {
    if (!sameClause(reading, index, hit.last)) return false
    if (isNoSuchThing(reading, index)) continue
    if (is(reading, index, 'any') || is(reading, index, 'but') || is(reading, index, 'if-word')) return false
    if (is(reading, index, 'not-after') && !breaksBehind(reading, index)) return true
    if (index <= hit.last + 3 && is(reading, index, 'not-verb') && !isBroken(reading, index)) return true
  }
  return false
}

/** True when the text says that the matched thing is not so. */
export const isNegated = (reading: Reading, hit: Hit): boolean =>
  deniedByFrame(reading, hit) ||
  negatedInside(reading, hit) ||
  negatedBefore(reading, hit) ||
  negatedAfter(reading, hit)

const isFirstPerson = (reading: Reading, hit: Hit): boolean => {
  for (let index = hit.last; index >= Math.max(0, hit.first - SPEAKER_REACH); index--) {
    if (sameClause(reading, index, hit.first) && is(reading, index, 'first-person')) return true
  }
  return false
}

/** "If an adviser promises ...", "they ask for ...": what others say or do, told by the speaker and not said by him. */
const isToldOfOthers = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  if (sentenceHas(reading, sentence, 'own-client')) return false
  if (!sentenceHas(reading, sentence, 'other-speaker') || !sentenceHas(reading, sentence, 'says-that')) return false
  let other = false
  let says = false
  for (let index = hit.last; index >= hit.first - FRAME_REACH && sameSentence(reading, index, hit.first); index--) {
    if (index < hit.first && !other && is(reading, index, 'speaker-subject') && !is(reading, index, 'my-own'))
      return false
    if (is(reading, index, 'other-speaker')) other = true
    if (is(reading, index, 'says-that')) says = true
    if (other && says) return !offersAfter(reading, hit)
  }
  return false
}

/** The sentence goes on to an offer: "if others promise 18%, join us, we give 20%". */
const offersAfter = (reading: Reading, hit: Hit): boolean => {
  for (let index = hit.last + 1; index <= hit.last + FRAME_REACH && sameSentence(reading, index, hit.last); index++)
    if (is(reading, index, 'offer-verb') || is(reading, index, 'first-person')) return true
  return false
}

/** "Which is the best fund? There is none.": a question that the next sentence answers with a denial. */
const isDeniedQuestion = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  if (reading.sentence[hit.last] !== sentence || !reading.questions.has(sentence)) return false
  if (sentenceHas(reading, sentence, 'first-person')) return false
  if (sentenceHas(reading, sentence + 1, 'warning')) return true
  if (sentenceHas(reading, sentence + 1, 'deny-that') || sentenceHas(reading, sentence + 2, 'deny-that')) return true
  let index = hit.last + 1
  while (index <= hit.last + FRAME_REACH && reading.sentence[index] === sentence) index++
  for (let offset = 0; offset < ANSWER_WORDS && reading.sentence[index + offset] === sentence + 1; offset++) {
    const at = index + offset
    const denies = ['not-verb', 'not-noun', 'not-after'].some((concept) => is(reading, at, concept))
    if (denies && !isBroken(reading, at) && !breaksBehind(reading, at)) return true
  }
  return false
}

/** "You asked whether it can double": a question of the reader's that the speaker only repeats. */
const isAskedAbout = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  if (!sentenceHas(reading, sentence, 'asked-whether')) return false
  for (let index = hit.first - 1; index >= hit.first - FRAME_REACH && sameSentence(reading, index, hit.first); index--)
    if (is(reading, index, 'asked-whether')) return true
  return false
}

/** "Some ask for a share. The code does not permit it.": what a rule forbids, said in the same breath. */
const isForbidden = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  return [sentence, sentence + 1].some((at) => sentenceHas(reading, at, 'rule-forbids')) && !offersAfter(reading, hit)
}

/** "If anybody shares it, do not trade on it": a case that the reader is told to leave alone. */
const isAdvisedAgainst = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  if (!sentenceHas(reading, sentence, 'act-not')) return false
  if (!sentenceHas(reading, sentence, 'third-party') && !sentenceHas(reading, sentence, 'if-word')) return false
  for (let index = hit.first + 1; index <= hit.last + FRAME_REACH && sameSentence(reading, index, hit.first); index++)
    if (is(reading, index, 'act-not')) return true
  return false
}

/** Words at the start of an answer among which its denial stands. */
const ANSWER_WORDS = 4

/** True when the matched words are somebody else's, told as a warning. */
export const isWarned = (reading: Reading, hit: Hit): boolean => {
  const sentence = reading.sentence[hit.first] ?? 0
  const quoted = reading.quoted[hit.first] === true && reading.quoted[hit.last] === true
  if (isDeniedQuestion(reading, hit)) return true
  if (quoted) {
    if (reading.marks.present[reading.lexicon.conceptId('warning')] === 1) return true
    return sentenceHas(reading, sentence, 'reported')
  }
  if (isToldOfOthers(reading, hit) || isAskedAbout(reading, hit)) return true
  if (isForbidden(reading, hit) || isAdvisedAgainst(reading, hit)) return true
  if (isFirstPerson(reading, hit)) return false
  if (sentenceHas(reading, sentence, 'warning')) return true
  const nearby = [-1, 1, 2].some((away) => sentenceHas(reading, sentence + away, 'warning'))
  return nearby && sentenceHas(reading, sentence, 'third-party')
}

/** True when the sentence explains a term. */
export const isDefinition = (reading: Reading, hit: Hit): boolean =>
  sentenceHas(reading, reading.sentence[hit.first] ?? 0, 'definition')
