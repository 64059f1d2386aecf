import type { Finding } from '@pramaan/shared'
import { readText } from './compiled.ts'
import { findInReading } from './find.ts'
import type { Subject } from './types.ts'

const identity = (finding: Finding): string => `${finding.ruleId} ${finding.severity}`

/**
 * Stage 3: what only shows in the text as the recipient reads it, such as words that become one when white space is
 * folded, plus the rules of stage 3 themselves. Spans point into `subject.text` or are `null`.
 */
export const findInRendered = (subject: Subject, rendered: string): Finding[] => {
  const own = readText(subject.text)
  const known = new Set([1, 2, 3].flatMap((stage) => findInReading(own, subject, stage as 1 | 2 | 3)).map(identity))
  const shown = readText(rendered)
  const added = [1, 2]
    .flatMap((stage) => findInReading(shown, subject, stage as 1 | 2))
    .filter((finding) => !known.has(identity(finding)))
  const spanOf = (quote: string) => {
    const start = subject.text.indexOf(quote)
    return start < 0 ? null : { start, end: start + quote.length }
  }
  return [
    ...findInReading(own, subject, 3),
    ...added.map((finding) => ({ ...finding, stage: 3 as const, span: spanOf(finding.quote) })),
  ]
}
