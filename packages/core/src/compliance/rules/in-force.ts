import type { Rule, Subject } from './types.ts'

/** True when the rule binds a publication on `day` (IST, `YYYY-MM-DD`); pending rules bind nobody. */
export const isInForce = (rule: Rule, day: string): boolean =>
  rule.status === 'active' &&
  (rule.effectiveFrom === null || rule.effectiveFrom <= day) &&
  (rule.effectiveTo === null || day <= rule.effectiveTo)

/** True when the rule speaks to one of the licences; nobody licensed counts as an educator. */
export const bindsLicence = (rule: Rule, subject: Pick<Subject, 'licences'>): boolean =>
  subject.licences.length === 0
    ? rule.licences.includes('EDUCATOR')
    : subject.licences.some((licence) => rule.licences.includes(licence)) &&
      !subject.licences.some((licence) => rule.freedBy?.includes(licence))

/** The rules that decide about a text: in force on its day of publication, for the union of its licences. */
export const rulesFor = (rules: readonly Rule[], subject: Pick<Subject, 'licences' | 'publicationDate'>): Rule[] =>
  rules.filter((rule) => isInForce(rule, subject.publicationDate) && bindsLicence(rule, subject))
