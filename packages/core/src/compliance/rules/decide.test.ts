import type { Finding } from '@pramaan/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge, rulesOf, subjectOf } from './fixtures/judge.ts'
import { decide, findHard, findInContext, findInRendered, RULE_SET, renderText } from './index.ts'

const finding: fc.Arbitrary<Finding> = fc.record({
  ruleId: fc.constantFrom(...RULE_SET.rules.map((rule) => rule.id)),
  family: fc.constantFrom('guarantee', 'tip', 'urgency', 'misleading'),
  severity: fc.constantFrom('block', 'high', 'medium', 'low'),
  stage: fc.constantFrom(1, 2, 3),
  clause: fc.constant('clause'),
  message: fc.constant('message'),
  span: fc.constant(null),
  quote: fc.constant(''),
})

const subject = subjectOf('Keep your nominee details up to date.')
const RANK = { clean: 0, review: 1, changes_required: 2 }

describe('the decision', () => {
  it('never gets milder when a finding is added', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 12 }), finding, (findings, added) => {
        const before = decide(subject, findings)
        const after = decide(subject, [...findings, added])
        expect(after.score).toBeGreaterThanOrEqual(before.score)
        expect(RANK[after.outcome]).toBeGreaterThanOrEqual(RANK[before.outcome])
      }),
    )
  })

  it('is the same bytes for the same findings in any order', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 12 }), (findings) => {
        expect(JSON.stringify(decide(subject, [...findings].reverse()))).toBe(JSON.stringify(decide(subject, findings)))
      }),
    )
  })

  it('gives 100 for a block, the points of the table otherwise, and rounds half up', () => {
    const of = (severity: Finding['severity'], family = 'urgency'): Finding => ({
      ruleId: 'CLM-FALSE-URGENCY',
      family,
      severity,
      stage: 2,
      clause: '',
      message: '',
      span: null,
      quote: '',
    })
    const score = (...findings: Finding[]) => decide(subject, findings).score
    expect(score(of('block'), of('low'))).toBe(100)
    expect([score(of('high')), score(of('medium')), score(of('low'))]).toEqual([30, 12, 4])
    expect([score(of('high'), of('high')), score(of('medium'), of('medium'))]).toEqual([45, 18])
    expect(score(of('low', 'a'), of('low', 'b'), of('low', 'c'), of('low', 'd'))).toBe(12)
    expect(decide(subjectOf('x', { audience: 'client' }), [of('medium')]).score).toBe(10)
    expect(decide(subjectOf('x', { audience: 'clients' }), [of('medium', 'tip')]).score).toBe(13)
  })

  it('sends nothing back for an obligation alone', () => {
    const verdict = judge('SIP एक अनुशासित आदत है। हर महीने थोड़ी-थोड़ी बचत करें और अपने लक्ष्य पर ध्यान दें।', {
      audience: 'clients',
    })
    expect(verdict.outcome).toBe('clean')
    expect(verdict.obligations.map((obligation) => obligation.ruleId)).toContain('CH-WHATSAPP-CONSENT')
  })

  it('sends a text with nothing wrong to a person where a named offer needs one', () => {
    const verdict = judge(
      'NFO of Sundale Flexi Cap Fund opens on 24 November and closes on 8 December. Scheme documents are on the AMC website.',
      { channel: 'email' },
    )
    expect([verdict.outcome, verdict.score]).toEqual(['review', 0])
  })

  it('is the same whether the stages run one by one or in one go', () => {
    const text = 'Guaranteed 15% returns, only 5 seats left.\nBuy Suzlon above 61, target 69.'
    const whole = judge(text)
    const rendered = renderText(text, 'whatsapp', {
      displayName: 'Nirmal Services',
      licences: [{ type: 'MFD', number: 'ARN-123456' }],
    })
    const parts = decide(subjectOf(text), [
      ...findHard(subjectOf(text)),
      ...findInContext(subjectOf(text)),
      ...findInRendered(subjectOf(text), rendered),
    ])
    expect({ ...parts }).toEqual({
      outcome: whole.outcome,
      score: whole.score,
      findings: whole.findings,
      obligations: whole.obligations,
    })
  })

  it('lets a source of medium confidence block only where money, licence or data are at stake', () => {
    for (const text of ['Take a personal loan and invest in our fund.', 'Save all your tax, no tax ever.']) {
      expect(judge(text).findings.every((one) => one.severity !== 'block')).toBe(true)
    }
    expect(judge('Share your demat login, we trade in your account.').findings[0]?.severity).toBe('block')
  })

  it('takes the union of the rules for several licences, but lets an adviser be called one', () => {
    const text = 'I am your investment adviser. Lucky draw for clients: win a phone!'
    expect(rulesOf(judge(text, { licences: ['MFD'] }))).toEqual(['LIC-ADVISER-WORDS'])
    expect(rulesOf(judge(text, { licences: ['MFD', 'IA'] }))).toEqual(['ASSOC-CONTEST'])
  })
})
