import type { BreachAudience } from '@pramaan/shared'
import type { z } from 'zod'

type Audience = z.infer<typeof BreachAudience>

const HOUR_MS = 3_600_000

interface Clock {
  rule: string
  /** Hours from the moment at which it was noticed; both clocks run at once. */
  hours: number
}

/** Who has to hear of a breach, by which rule and how fast. "Without delay" is held to the shortest of the clocks. */
export const CLOCKS: Record<Audience, Clock> = {
  cert_in: { rule: 'CERT-In Directions of 28 April 2022, No. 20(3)/2022-CERT-In', hours: 6 },
  board: { rule: 'Digital Personal Data Protection Rules 2025, rule 7: detailed report to the Board', hours: 72 },
  people: { rule: 'Digital Personal Data Protection Rules 2025, rule 7: to the people, without delay', hours: 6 },
}

export const dueAt = (audience: Audience, noticedAt: Date): Date =>
  new Date(noticedAt.getTime() + CLOCKS[audience].hours * HOUR_MS)

export interface BreachFacts {
  id: string
  summary: string
  noticedAt: Date
  dataConcerned: string
  peopleConcerned: number | null
  measures: string
}

/** The report to a reader, filled with what is on record; what a person must add stands in square brackets. */
export function reportText(audience: Audience, breach: BreachFacts): string {
  const people = breach.peopleConcerned === null ? '[number not known yet]' : String(breach.peopleConcerned)
  const measures = breach.measures === '' ? '[what was done and will be done]' : breach.measures
  const facts = [
    `Our reference: ${breach.id}`,
    `Noticed at: ${breach.noticedAt.toISOString()} (UTC)`,
    `What happened: ${breach.summary}`,
    `Personal data concerned: ${breach.dataConcerned}`,
    `People concerned: ${people}`,
    `Measures: ${measures}`,
  ]
  switch (audience) {
    case 'cert_in':
      return [
        'To: incident@cert-in.org.in',
        'Subject: Report of a cyber incident under the Directions of 28 April 2022',
        ...facts,
        'Affected systems: [hosts, addresses, software]',
        'Point of contact: [name, telephone, e-mail]',
      ].join('\n')
    case 'board':
      return [
        'To: Data Protection Board of India',
        'Subject: Personal data breach, detailed report under rule 7',
        ...facts,
        'Circumstances and cause: [what led to it]',
        'Who caused it, as far as it is known: [finding]',
        'Steps against a repetition: [list]',
        'How the people were told: [when, by which means]',
      ].join('\n')
    case 'people':
      return [
        'Something went wrong with personal data that we keep about you.',
        ...facts.filter((line) => !line.startsWith('People concerned')),
        'What this can mean for you: [likely consequences]',
        'What you can do yourself: [for example, change your password]',
        'Whom to ask: [name, e-mail]',
      ].join('\n')
  }
}
