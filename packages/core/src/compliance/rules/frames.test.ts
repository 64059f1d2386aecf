import { describe, expect, it } from 'vitest'
import { readSamples } from '../../../testing/rules/read-samples.ts'
import { familiesOf, judge, judgeSubject } from './fixtures/judge.ts'
import { subjectOfMessage } from './quality.ts'

const judged = readSamples('frames').map((message) => [message, judgeSubject(subjectOfMessage(message))] as const)

const share = (part: number, whole: number) => part / Math.max(whole, 1)

describe('the sentences of the semantic frames, each family in other words and six languages', () => {
  it('are clean for at most 3 in 100 when they break a rule', () => {
    const wrong = judged.filter(([line]) => line.expect.outcome !== 'clean')
    const unsafe = wrong.filter(([, verdict]) => verdict.outcome === 'clean').map(([line]) => line.id)
    expect(share(unsafe.length, wrong.length), unsafe.join()).toBeLessThanOrEqual(0.03)
  })

  it('show the family for 90 in 100 and more', () => {
    const wanted = judged.flatMap(([line, verdict]) =>
      line.expect.families.map((family) => familiesOf(verdict).includes(family)),
    )
    expect(share(wanted.filter(Boolean).length, wanted.length)).toBeGreaterThanOrEqual(0.9)
  })

  it('show a finding for at most 4 in 100 when they are education, service, greeting or warning', () => {
    const clean = judged.filter(([line]) => line.expect.outcome === 'clean')
    const found = clean.filter(([, verdict]) => verdict.findings.length > 0).map(([line]) => line.id)
    expect(share(found.length, clean.length), found.join()).toBeLessThanOrEqual(0.04)
  })

  it('cut every quote out of the submitted text', () => {
    for (const [line, verdict] of judged)
      for (const { span, quote } of verdict.findings)
        if (span !== null) expect(line.text.slice(span.start, span.end)).toBe(quote)
  })
})

describe('a denial that frames the whole clause', () => {
  it.each([
    'No honest adviser will ever speak of a risk-free week.',
    'Registration does not mean that SEBI has approved the advice or that a return is guaranteed.',
    'Nobody can say that this fund will double your money.',
    'असा परतावा मिळेल, याची हमी कोणीही देऊ शकत नाही.',
    'If an adviser promises you 18%, walk out politely.',
    'Which is the best fund? There is no best fund.',
    'Woh kehte hain paisa double karenge, aise group se nikal jaiye.',
  ])('is no claim: %s', (text) => {
    expect(judge(text).outcome).not.toBe('changes_required')
  })

  it.each([
    'If others promise 8%, we give guaranteed returns of 15%.',
    'Which fund gives guaranteed returns? Ours, of course.',
    'Anyone can offer excuses; we guarantee 15% returns.',
    'No other adviser can, but we guarantee 15% returns.',
    'No paperwork, no agent, guaranteed 15% returns.',
    'Nobody else offers this: guaranteed 15% returns.',
    'Before you join others: guaranteed 15% returns here.',
    'No one can tell when markets fall, guaranteed 15% returns here.',
  ])('does not reach what the speaker says himself: %s', (text) => {
    expect(judge(text).outcome).toBe('changes_required')
  })
})

describe('what a text is like', () => {
  it('sends wording that no rule settles to a person and never refuses it', () => {
    for (const [, verdict] of judged) {
      const likely = verdict.findings.filter(({ ruleId }) => ruleId === 'ROUTE-LIKENESS')
      for (const finding of likely) expect([finding.severity, verdict.outcome]).toEqual(['medium', 'review'])
    }
  })
})
