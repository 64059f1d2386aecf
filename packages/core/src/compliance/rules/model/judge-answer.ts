import type { AiConcern, AiOutcome } from '@pramaan/shared'
import type { ModelAnswer } from './question.ts'

export interface Judgement {
  outcome: Extract<AiOutcome, 'no_concern' | 'concern' | 'unusable'>
  concerns: AiConcern[]
}

/**
 * What an answer is worth. A concern counts only with its evidence: a quote that stands in the text as the model saw it.
 * `text` and `shown` are of one length; the quote is taken from `text`. An answer of another shape (null), and one whose
 * every quote is invented, is unusable: the text may have caused that, so a person looks at it.
 */
export function judgeAnswer(text: string, shown: string, answer: ModelAnswer | null): Judgement {
  if (answer === null) return { outcome: 'unusable', concerns: [] }
  const concerns = answer.concerns.flatMap(({ family, quote, why }) => {
    const start = shown.indexOf(quote)
    const span = { start, end: start + quote.length }
    const found = text.slice(span.start, span.end)
    return start >= 0 && found.isWellFormed() && /[^#\s]/.test(quote) ? [{ family, quote: found, span, why }] : []
  })
  if (concerns.length > 0) return { outcome: 'concern', concerns }
  return { outcome: answer.concerns.length === 0 ? 'no_concern' : 'unusable', concerns }
}
