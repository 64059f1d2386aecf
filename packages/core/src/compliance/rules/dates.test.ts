import { istDay } from '@pramaan/shared'
import { describe, expect, it } from 'vitest'
import { compilePack, readText } from './compiled.ts'
import { parseDay } from './detectors/dates.ts'
import { lastUsableDay } from './detectors/price-data.ts'
import { findInReading } from './find.ts'
import { judge, rulesOf, subjectOf } from './fixtures/judge.ts'
import { citationOn } from './in-force.ts'
import { findInShadow, isInForce, RULE_SET } from './index.ts'
import { CONCEPTS } from './rule-set.ts'
import type { Rule, Subject } from './types.ts'

const rule = (id: string) => {
  const found = RULE_SET.rules.find((candidate) => candidate.id === id)
  if (found === undefined) throw new Error(`There is no rule ${id}`)
  return found
}

const inForce = (day: string, ...ids: string[]) => ids.filter((id) => isInForce(rule(id), day))

describe('the calendar of the rules (IST days)', () => {
  it('changes the price lag between 2026-06-30 and 2026-07-01', () => {
    const both = ['EDU-LAG-3M', 'EDU-LAG-30D']
    expect(inForce('2026-06-30', ...both)).toEqual(['EDU-LAG-3M'])
    expect(inForce('2026-07-01', ...both)).toEqual(['EDU-LAG-30D'])
  })

  it('has exactly one rule on own past performance on every day since May 2023', () => {
    const chain = ['PERF-OWN-BARRED', 'PERF-CERT-ON-REQUEST', 'PERF-CERT-ENROLLED', 'PERF-PARRVA-ONLY']
    for (let day = parseDay('2023-05-01'); day <= parseDay('2029-01-01'); day++) {
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10)
      expect([date, inForce(date, ...chain).length]).toEqual([date, 1])
    }
  })

  it('starts the identity rule for social posts on 2026-05-01', () => {
    const obliges = (day: string) =>
      judge('A mutual fund SIP builds discipline.', { publicationDate: day }).obligations.some(
        (one) => one.ruleId === 'DISC-SOCIAL-IDENTITY',
      )
    expect([obliges('2026-04-30'), obliges('2026-05-01')]).toEqual([false, true])
  })

  it('judges the same chart lesson by the lag of its day', () => {
    const text =
      'Chart class: Tata Motors, 12 May 2026. It broke the neckline at 705; here are the entry, the stop and the next leg up.'
    const on = (day: string) => judge(text, { channel: 'linkedin', publicationDate: day })
    expect([on('2026-06-30').outcome, rulesOf(on('2026-06-30'))]).toEqual(['changes_required', ['EDU-LAG-3M']])
    expect([on('2026-07-01').outcome, rulesOf(on('2026-07-01'))]).toEqual(['review', []])
  })

  it('counts the lag to the day and treats the boundary as too fresh', () => {
    const day = (date: string) => parseDay(date)
    expect(lastUsableDay('2026-11-22', { value: 30, unit: 'day' })).toBe(day('2026-10-22'))
    expect(lastUsableDay('2026-05-31', { value: 3, unit: 'calendar_month' })).toBe(day('2026-02-27'))
  })
})

/** The switches of `facts.md`, section 11: the last day of what went before, and the rules on either side. */
const SWITCHES: [string, string[], string[]][] = [
  ['2023-04-30', [], ['PERF-OWN-BARRED', 'CLM-ASSURED-RETURN', 'PROC-PRIOR-APPROVAL']],
  ['2025-10-29', ['PERF-OWN-BARRED'], ['PERF-CERT-ON-REQUEST']],
  ['2026-09-03', ['PERF-CERT-ON-REQUEST'], ['PERF-CERT-ENROLLED']],
  ['2028-05-03', ['PERF-CERT-ENROLLED'], ['PERF-PARRVA-ONLY']],
  ['2025-01-28', [], ['EDU-LAG-3M']],
  ['2026-06-30', ['EDU-LAG-3M'], ['EDU-LAG-30D']],
  ['2026-04-30', [], ['DISC-SOCIAL-IDENTITY']],
  ['2024-08-28', [], ['ASSOC-UNREGISTERED']],
  ['2021-04-06', [], ['INS-UIN-IDENTITY', 'INS-ULIP-RISK']],
  ['2024-03-31', [], ['INS-INSURER-APPROVAL']],
]

/** Rules that went on when the instrument under them was replaced: the last day of the old one, and a part of each name. */
const REPLACED: [string, string, string, string][] = [
  ['2026-02-05', 'CLM-ASSURED-RETURN', 'CIR/2023/51', 'MIRSD-POD/I/4300/2026'],
  ['2026-03-31', 'DISC-W4-MF-WARNING', 'Regs 1996', 'GN/2026/294'],
  ['2026-03-31', 'PERF-MF-PAST-DISCLAIMER', 'SEBI MF ad code', 'GN/2026/294'],
  ['2026-03-31', 'CLM-TAX-FALSE', 'Income-tax Act 1961', 'Income-tax Act 2025'],
  ['2024-03-31', 'INS-UIN-IDENTITY', 'Regs 2021', 'IRDAI/Reg/11/205/2024'],
  ['2027-05-12', 'DATA-PII', 'AMFI Code (client data): not verified', 'DPDP Act 2023'],
]

/** Texts that are found on both sides of a switch, or on one side only. */
const JUDGED: [string, Partial<Subject> & { text: string }, string[], string[]][] = [
  [
    '2026-06-30',
    { text: 'Chart class: Infosys, 12 May 2026. Above 1,610 the next leg up to 1,700 begins.', channel: 'linkedin' },
    ['EDU-LAG-3M'],
    [],
  ],
  [
    '2026-06-30',
    { text: 'Chart class: Infosys, 22 June 2026. Above 1,610 the next leg up to 1,700 begins.', channel: 'linkedin' },
    ['EDU-LAG-3M'],
    ['EDU-LAG-30D'],
  ],
  ...(
    [
      ['2025-10-29', 'PERF-OWN-BARRED', 'PERF-CERT-ON-REQUEST'],
      ['2026-09-03', 'PERF-CERT-ON-REQUEST', 'PERF-CERT-ENROLLED'],
      ['2028-05-03', 'PERF-CERT-ENROLLED', 'PERF-PARRVA-ONLY'],
    ] as const
  ).map(([day, before, after]): [string, Partial<Subject> & { text: string }, string[], string[]] => [
    day,
    { text: 'Our Momentum basket returned 31% in FY26 against 9% for the index.', licences: ['RA'] },
    [before],
    [after],
  ]),
]

describe('a switch of the rules happens at midnight in India', () => {
  it.each(SWITCHES)('%s, 23:59 to 00:00', (lastDay, before, after) => {
    const midnight = Date.parse(`${lastDay}T18:30:00.000Z`)
    const at = (moment: number) => inForce(istDay(new Date(moment)), ...before, ...after)
    expect(istDay(new Date(midnight - 60_000))).toBe(lastDay)
    expect(at(midnight - 60_000)).toEqual(before)
    expect(at(midnight - 1)).toEqual(before)
    expect(at(midnight)).toEqual(after)
  })
})

describe('what a finding says at a switch', () => {
  it.each(REPLACED)('%s, %s cites the instrument of its day', (lastDay, id, before, after) => {
    const midnight = Date.parse(`${lastDay}T18:30:00.000Z`)
    const at = (moment: number) => citationOn(rule(id), istDay(new Date(moment)))
    expect(at(midnight - 60_000)).toContain(before)
    expect(at(midnight - 60_000)).not.toContain(after)
    expect(at(midnight)).toContain(after)
  })

  it.each(JUDGED)('%s: a text is judged by the rules of its minute', (lastDay, { text, ...change }, before, after) => {
    const midnight = Date.parse(`${lastDay}T18:30:00.000Z`)
    const at = (moment: number) =>
      rulesOf(judge(text, { ...change, publicationDate: istDay(new Date(moment)) })).filter((id) =>
        /^(EDU-LAG|PERF-(OWN|CERT|PARRVA))/.test(id),
      )
    expect(at(midnight - 60_000)).toEqual(before)
    expect(at(midnight)).toEqual(after)
  })

  it('names the instrument that was in force when the text came out', () => {
    const clauses = (day: string) =>
      judge('Assured returns of 12% a year.', { licences: ['IA'], publicationDate: day }).findings.map(
        ({ clause }) => clause,
      )
    expect(clauses('2026-02-05').join()).toContain('CIR/2023/51')
    expect(clauses('2026-02-06').join()).not.toContain('CIR/2023/51')
  })
})

describe('rules that are not in force', () => {
  const claim = 'Film star Kiara invests with us.'
  const changed = (status: Rule['status']) =>
    compilePack(
      RULE_SET.rules.filter(({ id }) => id === 'ASSOC-CELEBRITY').map((one) => ({ ...one, status })),
      CONCEPTS,
    )

  it('report in the shadow while they are pending, and decide nothing', () => {
    const subject = subjectOf(claim)
    const pending = changed('pending')
    expect(findInShadow(subject, pending).map(({ ruleId, quote }) => [ruleId, quote.length > 0])).toEqual([
      ['ASSOC-CELEBRITY', true],
    ])
    expect(findInReading(readText(claim, pending), subject, 1, pending)).toEqual([])
    expect(findInShadow({ ...subject, licences: ['IA'] }).map(({ ruleId }) => ruleId)).toEqual(['CAC-CONTENT'])
    expect(rulesOf(judge(claim, { licences: ['IA'] }))).not.toContain('CAC-CONTENT')
  })

  it('bind nobody once they are retired, on any day', () => {
    const retired = changed('retired')
    for (const day of ['2024-01-01', '2026-11-22', '2030-01-01'])
      expect(findInReading(readText(claim, retired), subjectOf(claim, { publicationDate: day }), 1, retired)).toEqual(
        [],
      )
    expect(findInShadow(subjectOf(claim), retired)).toEqual([])
  })
})
