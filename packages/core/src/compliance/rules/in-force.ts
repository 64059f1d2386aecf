import type { Rule, Subject } from './types.ts'

/** True when the rule binds a publication on `day` (IST, `YYYY-MM-DD`); pending rules bind nobody. */
export const isInForce = (rule: Rule, day: string): boolean =>
  rule.status === 'active' &&
  (rule.effectiveFrom === null || rule.effectiveFrom <= day) &&
  (rule.effectiveTo === null || day <= rule.effectiveTo)

/** Instrument and clause that the rule rests on at `day` (IST): a finding cites what is in force and not what was. */
export const citationOn = (rule: Rule, day: string): string => {
  const { instrument, clause } = rule.successors?.findLast(({ from }) => from <= day) ?? rule
  return `${instrument}: ${clause}`
}

/** True when the rule speaks to one of the licences; nobody licensed counts as an educator. */
export const bindsLicence = (rule: Rule, subject: Pick<Subject, 'licences'>): boolean =>
  subject.licences.length === 0
    ? rule.licences.includes('EDUCATOR')
    : subject.licences.some((licence) => rule.licences.includes(licence)) &&
      !subject.licences.some((licence) => rule.freedBy?.includes(licence))

/** The rules that decide about a text: in force on its day of publication, for the union of its licences. */
export const rulesFor = (rules: readonly Rule[], subject: Pick<Subject, 'licences' | 'publicationDate'>): Rule[] =>
  rules.filter((rule) => isInForce(rule, subject.publicationDate) && bindsLicence(rule, subject))
