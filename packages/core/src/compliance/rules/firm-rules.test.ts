import { type Finding, FirmRules } from '@pramaan/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEARNING_FILES, readSamples } from '../../../testing/rules/read-samples.ts'
import { compose } from './firm-rules.ts'
import { firmRule } from './fixtures/firm-rule.ts'
import { judgeSubject, subjectOf } from './fixtures/judge.ts'
import { decide, RULE_SET } from './index.ts'
import { subjectOfMessage } from './quality.ts'

const GRAVITY = { clean: 0, review: 1, changes_required: 2 }

const wording = fc
  .array(
    fc.constantFrom(...'sip returns fund goal market plan नहीं गारंटी hai guaranteed tax nifty loan not'.split(' ')),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((words) => words.join(' '))

const firmRules = fc
  .array(
    fc.tuple(fc.array(wording, { minLength: 1, maxLength: 4 }), fc.constantFrom('low', 'medium', 'high', 'block')),
    {
      maxLength: 4,
    },
  )
  .map((list) =>
    FirmRules.parse(
      list.map(([wordings, severity], at) =>
        firmRule({ id: `FIRM-${at}`, wordings, severity: severity as Finding['severity'] }),
      ),
    ),
  )

const subjects = LEARNING_FILES.flatMap(readSamples)
  .filter((_, at) => at % 24 === 0)
  .map(subjectOfMessage)
  .map((subject) => ({ subject, pack: judgeSubject(subject) }))

describe('rules that a firm adds', () => {
  it('never make a verdict milder: no finding, obligation, point or step of the outcome is lost', () => {
    fc.assert(
      fc.property(firmRules, (rules) => {
        const composed = compose(rules)
        for (const { subject, pack } of subjects) {
          const decision = composed.decide(subject, pack.findings)
          expect(GRAVITY[decision.outcome]).toBeGreaterThanOrEqual(GRAVITY[pack.outcome])
          expect(decision.score).toBeGreaterThanOrEqual(pack.score)
          expect(decision.findings).toEqual(expect.arrayContaining(pack.findings))
          expect(decision.obligations).toEqual(pack.obligations)
        }
      }),
      { numRuns: 12 },
    )
  }, 120_000)

  it('find their wording in any spelling, with place, clause and words of the firm', () => {
    const { decide: composed } = compose(FirmRules.parse([firmRule({ wordings: ['dream home'], severity: 'block' })]))
    const subject = subjectOf('Plan for your DREAM homes, step by step.')
    const decision = composed(subject, judgeSubject(subject).findings)
    expect(decision).toMatchObject({ outcome: 'changes_required', score: 100 })
    expect(decision.findings[0]).toMatchObject({
      ruleId: 'FIRM-DREAMS',
      family: 'firm',
      quote: 'DREAM homes',
      clause: 'Rules of the firm: House style, page 4',
    })
  })

  it('bind from their first to their last day, and only the licences that they name', () => {
    const { decide: composed } = compose(
      FirmRules.parse([
        firmRule({
          wordings: ['dream home'],
          licences: ['MFD'],
          effectiveFrom: '2026-11-01',
          effectiveTo: '2026-11-30',
        }),
      ]),
    )
    const found = (change: Parameters<typeof subjectOf>[1]) =>
      composed(subjectOf('A dream home', change), []).findings.length
    const days = ['2026-10-31', '2026-11-01', '2026-11-30', '2026-12-01']
    expect(days.map((publicationDate) => found({ publicationDate }))).toEqual([0, 1, 1, 0])
    expect(found({ licences: ['IA'] })).toBe(0)
  })

  it('are refused by the schema where they could loosen, hide or flood', () => {
    const refused = [
      { id: 'CLM-ASSURED-RETURN' },
      { wordings: [] },
      { wordings: ['<pct>'] },
      { wordings: ['@guarantee'] },
      { wordings: ['a without:b'] },
      { severity: 'none' },
      { wordings: Array.from({ length: 51 }, (_, at) => `word${at}`) },
      { except: ['guarantee'] },
    ]
    for (const change of refused) expect(FirmRules.safeParse([{ ...firmRule({}), ...change }]).success).toBe(false)
    expect(FirmRules.safeParse([firmRule({}), firmRule({})]).success).toBe(false)
  })

  it('have a digest of their own, and none leaves the decision as it is', () => {
    const none = compose([])
    const one = compose(FirmRules.parse([firmRule({})]))
    expect(new Set([RULE_SET.digest, none.ruleSet.digest, one.ruleSet.digest]).size).toBe(3)
    const subject = subjectOf('We promise guaranteed returns of 15%.')
    const { findings } = judgeSubject(subject)
    expect(none.decide(subject, findings)).toEqual(decide(subject, findings))
  })
})
