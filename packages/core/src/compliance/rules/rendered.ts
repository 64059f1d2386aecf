import type { Finding } from '@pramaan/shared'
import { ENGINE, readText } from './compiled.ts'
import { findInReading } from './find.ts'
import { findLikeness } from './likely.ts'
import { tokensOfOneLine } from './one-line.ts'
import { type Reading, readMarks } from './pattern.ts'
import { templateParameters } from './render.ts'
import { readTokens, type TokenText } from './tokens.ts'
import type { Subject } from './types.ts'

const identity = (finding: Finding): string => `${finding.ruleId} ${finding.severity}`

/** The message inside a rendered text. Footer and frame are ours; they are tested, not judged. */
const messageOf = (subject: Subject, rendered: string): string =>
  subject.channel === 'whatsapp' ? (templateParameters(rendered)[1] ?? '') : subject.text

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index])

const sameWords = (a: TokenText, b: TokenText): boolean =>
  a.tokens.length === b.tokens.length && a.tokens.every((token, index) => token.form === b.tokens[index]?.form)

/** Texts of the same words with the same sentences, clauses, quotations and hidden characters: every rule says the same of both. */
const sameStructure = (a: TokenText, b: TokenText): boolean =>
  sameList(a.sentence, b.sentence) &&
  sameList(a.clause, b.clause) &&
  sameList(a.quoted, b.quoted) &&
  sameList([...a.questions], [...b.questions]) &&
  sameList(
    a.hidden.map((hidden) => hidden.inWord),
    b.hidden.map((hidden) => hidden.inWord),
  )

/** As `findInRendered`, with the text read and its own findings of stages 1 and 2 already known. */
export const findInRenderedReading = (
  own: Reading,
  subject: Subject,
  rendered: string,
  ownFindings: readonly Finding[],
): Finding[] => {
  const findings = [...findInReading(own, subject, 3), ...findLikeness(own, subject, ownFindings)]
  const message = messageOf(subject, rendered)
  if (message === subject.text) return findings
  const words = tokensOfOneLine(own, message) ?? readTokens(message, ENGINE.lexicon.knows)
  const alike = sameWords(own, words)
  if (alike && sameStructure(own, words)) return findings
  const known = new Set(ownFindings.map(identity))
  const shown = readMarks(words, ENGINE.lexicon, alike ? own : undefined)
  const added = [1, 2]
    .flatMap((stage) => findInReading(shown, subject, stage as 1 | 2))
    .filter((finding) => !known.has(identity(finding)))
  const spanOf = (quote: string) => {
    const start = subject.text.indexOf(quote)
    return start < 0 ? null : { start, end: start + quote.length }
  }
  return [...findings, ...added.map((finding) => ({ ...finding, stage: 3 as const, span: spanOf(finding.quote) }))]
}

/**
 * Stage 3: what only shows in the text as the recipient reads it, such as words that become one sentence when line
 * breaks are folded, plus the rules of stage 3 themselves. Spans point into `subject.text` or are `null`. Throws a
 * plain `Error` for a text that `renderText` did not make.
 */
export const findInRendered = (subject: Subject, rendered: string): Finding[] => {
  const own = readText(subject.text)
  const ownFindings = [1, 2].flatMap((stage) => findInReading(own, subject, stage as 1 | 2))
  return findInRenderedReading(own, subject, rendered, ownFindings)
}
