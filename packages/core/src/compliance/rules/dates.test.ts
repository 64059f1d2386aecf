import { istDay } from '@pramaan/shared'
import { describe, expect, it } from 'vitest'
import { compilePack, readText } from './compiled.ts'
import { parseDay } from './detectors/dates.ts'
import { lastUsableDay } from './detectors/price-data.ts'
import { findInReading } from './find.ts'
import { judge, rulesOf, subjectOf } from './fixtures/judge.ts'
import { findInShadow, isInForce, RULE_SET } from './index.ts'
import { CONCEPTS } from './rule-set.ts'
import type { Rule } from './types.ts'

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
