import { describe, expect, it } from 'vitest'
import { readSamples } from '../../../testing/rules/read-samples.ts'
import { familiesOf, judgeSubject } from './fixtures/judge.ts'
import { subjectOfMessage } from './quality.ts'

const samples = readSamples('samples-dev')
const judged = samples.map((sample) => [sample, judgeSubject(subjectOfMessage(sample))] as const)

const share = (part: number, whole: number) => part / Math.max(whole, 1)

describe('the labelled development messages', () => {
  it('are never called clean when they break a rule, but for 3 in 100', () => {
    const violations = judged.filter(([sample]) => sample.expect.outcome !== 'clean')
    const unsafe = violations.filter(([, verdict]) => verdict.outcome === 'clean')
    expect(share(unsafe.length, violations.length)).toBeLessThanOrEqual(0.03)
  })

  it('are called clean when they are, but for 8 in 100', () => {
    const clean = judged.filter(([sample]) => sample.expect.outcome === 'clean')
    expect(share(clean.filter(([, verdict]) => verdict.findings.length > 0).length, clean.length)).toBeLessThanOrEqual(
      0.08,
    )
  })

  it('show the labelled families, 85 in 100 and more', () => {
    const wanted = judged.flatMap(([sample, verdict]) =>
      sample.expect.families.map((family) => familiesOf(verdict).includes(family)),
    )
    expect(share(wanted.filter(Boolean).length, wanted.length)).toBeGreaterThanOrEqual(0.85)
  })

  it('show a family that they must not show in at most 4 of 100', () => {
    const wrong = judged.filter(([sample, verdict]) =>
      sample.expect.mustNot.some((family) => familiesOf(verdict).includes(family)),
    )
    expect(share(wrong.length, judged.length)).toBeLessThanOrEqual(0.04)
  })

  it('get the labelled outcome, 95 in 100 and more, and 85 in 100 in every language', () => {
    const right = judged.filter(([sample, verdict]) => sample.expect.outcome === verdict.outcome)
    expect(share(right.length, judged.length)).toBeGreaterThanOrEqual(0.95)
    for (const language of new Set(samples.map((sample) => sample.language))) {
      const all = judged.filter(([sample]) => sample.language === language)
      expect(
        share(right.filter(([sample]) => sample.language === language).length, all.length),
        language,
      ).toBeGreaterThanOrEqual(0.85)
    }
  })

  it('cut every quote out of the submitted text', () => {
    for (const [sample, verdict] of judged) {
      for (const { span, quote } of verdict.findings)
        if (span !== null) expect(sample.text.slice(span.start, span.end)).toBe(quote)
    }
  })
})
