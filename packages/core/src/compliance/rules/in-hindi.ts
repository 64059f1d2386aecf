import type { Finding, Obligation } from '@pramaan/shared'
import messages from './messages-hi.json' with { type: 'json' }
import { RULE_SET } from './rule-set.ts'

interface Hindi {
  readonly message: string
  readonly obligation?: string
}

const HINDI: Readonly<Record<string, Hindi>> = messages
const ENGLISH = new Map(RULE_SET.rules.map(({ id, message }) => [id, message]))

/**
 * Findings with their message in Hindi beside the English one; what a finding adds to the message of its rule, such as
 * the altered words of a warning, stands in both. For showing only: no byte of a verdict depends on a translation, so that
 * a better one reaches the verdicts of yesterday too. A rule that this build does not know stays as it is.
 */
export const findingsInHindi = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => {
    const hindi = HINDI[finding.ruleId]
    if (hindi === undefined) return finding
    const english = ENGLISH.get(finding.ruleId) ?? finding.message
    const added = finding.message.startsWith(english) ? finding.message.slice(english.length) : ''
    return { ...finding, messageHi: `${hindi.message}${added}` }
  })

/** Obligations with their message in Hindi beside the English one, as `findingsInHindi`. */
export const obligationsInHindi = (obligations: readonly Obligation[]): Obligation[] =>
  obligations.map((obligation) => {
    const hindi = HINDI[obligation.ruleId]
    return hindi === undefined ? obligation : { ...obligation, messageHi: hindi.obligation ?? hindi.message }
  })
