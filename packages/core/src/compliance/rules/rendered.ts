import type { Finding } from '@pramaan/shared'
import { readText } from './compiled.ts'
import { findInReading } from './find.ts'
import { findLikeness } from './likely.ts'
import type { Reading } from './pattern.ts'
import { templateParameters } from './render.ts'
import type { Subject } from './types.ts'

const identity = (finding: Finding): string => `${finding.ruleId} ${finding.severity}`

/** The message inside a rendered text. Footer and frame are ours; they are tested, not judged. */
const messageOf = (subject: Subject, rendered: string): string =>
  subject.channel === 'whatsapp' ? (templateParameters(rendered)[1] ?? '') : subject.text

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
  const known = new Set(ownFindings.map(identity))
  const shown = readText(message)
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
