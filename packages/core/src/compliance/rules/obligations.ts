import type { Obligation } from '@pramaan/shared'
import { CONDITIONS } from './detectors/conditions.ts'
import { bindsLicence, citationOn, isInForce } from './in-force.ts'
import type { Reading } from './pattern.ts'
import { RULE_SET } from './rule-set.ts'
import type { Subject } from './types.ts'

/**
 * What has to be true besides the text, e.g. a stored approval reference. Some are for a person to see to before the
 * text goes out (`needPerson`), the others are recorded and checked where the thing is stored. `found`: a rule found
 * something, so what only routes unsettled texts has no say.
 */
export const obligationsOf = (
  reading: Reading,
  subject: Subject,
  found: boolean,
): { obligations: Obligation[]; needPerson: boolean } => {
  const due = RULE_SET.rules.filter((rule) => {
    if (rule.obligation === undefined || !isInForce(rule, subject.publicationDate) || !bindsLicence(rule, subject))
      return false
    if (found && rule.obligation.onlyUnsettled === true) return false
    const condition = CONDITIONS[rule.obligation.when]
    if (condition === undefined)
      throw new Error(`Rule ${rule.id} names the condition ${rule.obligation.when}, which does not exist`)
    return condition(reading, subject)
  })
  return {
    obligations: due.map((rule) => ({
      ruleId: rule.id,
      message: rule.obligation?.message ?? rule.message,
      messageHi: rule.obligation?.messageHi ?? rule.messageHi,
      clause: citationOn(rule, subject.publicationDate),
    })),
    needPerson: due.some((rule) => rule.obligation?.needsPerson === true),
  }
}
