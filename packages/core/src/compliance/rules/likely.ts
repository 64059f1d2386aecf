import type { Finding } from '@pramaan/shared'
import { needsPriceReview } from './detectors/price-data.ts'
import { bindsLicence, citationOn, isInForce } from './in-force.ts'
import { LIKENESS, likenessOfText } from './likeness.ts'
import type { Reading } from './pattern.ts'
import { RULE_SET } from './rule-set.ts'
import type { Subject } from './types.ts'

const RULE_ID = 'ROUTE-LIKENESS'

/** Classes of the likeness that are no family of a finding: they send the text to a person without one. */
const UNNAMED = new Set(['other', 'disclosure'])

/** Families that a person looks for anyway where a security stands beside price data (ROUTE-NAMED-PRODUCT). */
const PRICED = new Set(['tip', 'price_data'])

/**
 * What a text reads like when no rule found anything: one finding of severity `medium` under the family that it is
 * most like, over the sentence that tells. Pure.
 */
export const findLikeness = (reading: Reading, subject: Subject, known: readonly Finding[]): Finding[] => {
  const rule = RULE_SET.rules.find(({ id }) => id === RULE_ID)
  if (rule === undefined || known.length > 0) return []
  if (!isInForce(rule, subject.publicationDate) || !bindsLicence(rule, subject)) return []
  const likeness = likenessOfText(reading, subject)
  if (likeness === null || likeness.lead <= LIKENESS.name || UNNAMED.has(likeness.family)) return []
  if (PRICED.has(likeness.family) && needsPriceReview(reading, subject)) return []
  const indices = reading.sentence.flatMap((sentence, index) => (sentence === likeness.sentence ? [index] : []))
  const start = reading.tokens[indices[0] ?? 0]?.start ?? 0
  const end = reading.tokens[indices[indices.length - 1] ?? 0]?.end ?? start
  return [
    {
      ruleId: rule.id,
      family: likeness.family,
      severity: rule.severity,
      stage: 3,
      clause: citationOn(rule, subject.publicationDate),
      inForce: { from: rule.effectiveFrom, to: rule.effectiveTo },
      message: `${rule.message} (${likeness.family.replaceAll('_', ' ')})`,
      messageHi: `${rule.messageHi} (${likeness.family.replaceAll('_', ' ')})`,
      span: { start, end },
      quote: reading.text.slice(start, end),
      advice: rule.advice,
    },
  ]
}
