import { describe, expect, it } from 'vitest'
import { parseDay } from './detectors/dates.ts'
import { lastUsableDay } from './detectors/price-data.ts'
import { judge, rulesOf } from './fixtures/judge.ts'
import { isInForce, RULE_SET } from './index.ts'

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
