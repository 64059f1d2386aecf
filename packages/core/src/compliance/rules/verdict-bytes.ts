import { createHash } from 'node:crypto'
import type { Verdict, VerdictInput } from '@pramaan/shared'
import canonicalize from 'canonicalize'

/** The part of a verdict that is a function of input, rules and engine: no ids, no times, and nothing of an AI. */
export type Judged = Pick<Verdict, 'outcome' | 'score' | 'findings' | 'obligations' | 'ruleSet' | 'engine' | 'rendered'>

/** A verdict as RFC 8785 JSON, without what no replay can repeat. */
export function verdictBytes(verdict: Judged): string {
  const { engine, findings, obligations, outcome, rendered, ruleSet, score } = verdict
  const bytes = canonicalize({ engine, findings, obligations, outcome, rendered, ruleSet, score })
  if (bytes === undefined) throw new Error('a verdict has no canonical form')
  return bytes
}

/** SHA-256, in hex, over the RFC 8785 form of a text and everything else that a verdict was given about. */
export function inputHashOf(text: string, input: VerdictInput): string {
  const { advisor, audience, channel, language, licences, publicationDate } = input
  const about = canonicalize({ text, advisor, audience, channel, language, licences, publicationDate })
  return createHash('sha256')
    .update(about ?? '')
    .digest('hex')
}
