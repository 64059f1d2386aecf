import { isDeepStrictEqual } from 'node:util'
import type { Finding } from '@pramaan/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEARNING_FILES, readSamples } from '../../../testing/rules/read-samples.ts'
import { applyEdits, isLess, withFixes } from './fixes.ts'
import { judge, judgeSubject, subjectOf } from './fixtures/judge.ts'
import { subjectOfMessage } from './quality.ts'
import type { Subject } from './types.ts'

const mended = (subject: Subject) => withFixes(subject, judgeSubject(subject))

const fixesOf = (subject: Subject) => mended(subject).findings.flatMap(({ fix }) => fix?.edits ?? [])

const samples = LEARNING_FILES.flatMap(readSamples)

/** Every message that goes back to its author, with its fixes. */
const returned = samples
  .map((sample) => ({ id: sample.id, subject: subjectOfMessage(sample) }))
  .map(({ id, subject }) => ({ id, subject, before: mended(subject) }))
  .filter(({ before }) => before.outcome === 'changes_required')

const withFix = (findings: readonly Finding[]) =>
  findings.flatMap((finding) => (finding.fix === undefined ? [] : [{ finding, edits: finding.fix.edits }]))

describe('the fix of a finding', () => {
  it('is shown only where the engine finds strictly less in the patched text and nothing new, over all samples', () => {
    let shown = 0
    for (const { id, subject, before } of returned) {
      for (const { finding, edits } of withFix(before.findings)) {
        shown++
        const after = judgeSubject({ ...subject, text: applyEdits(subject.text, edits) })
        expect(isLess(before.findings, after.findings, [finding]), id).toBe(true)
        expect(after.score, id).toBeLessThanOrEqual(before.score)
      }
    }
    expect(shown / returned.flatMap(({ before }) => before.findings).length).toBeGreaterThan(0.4)
  })

  it('stands together with all others of the text: edits agree, and the text with all of them has less', () => {
    for (const { id, subject, before } of returned) {
      const fixed = withFix(before.findings)
      if (fixed.length < 2) continue
      const edits = fixed.flatMap((one) => one.edits)
      for (const a of edits)
        for (const b of edits) expect(isDeepStrictEqual(a, b) || a.end <= b.start || b.end <= a.start, id).toBe(true)
      const after = judgeSubject({ ...subject, text: applyEdits(subject.text, edits) })
      const gone = fixed.map(({ finding }) => finding)
      expect(isLess(before.findings, after.findings, gone), id).toBe(true)
    }
  })

  it('is never given to a text that need not change', () => {
    for (const sample of samples) {
      const verdict = mended(subjectOfMessage(sample))
      if (verdict.outcome !== 'changes_required') expect(withFix(verdict.findings)).toEqual([])
    }
  })

  it('is the same for the same text, and cuts no character in two', () => {
    for (const sample of samples.slice(0, 120)) {
      const subject = subjectOfMessage(sample)
      expect(mended(subject)).toEqual(mended(subject))
      expect(applyEdits(sample.text, fixesOf(subject)).isWellFormed()).toBe(true)
    }
  })

  it('deletes the sentence, or says what is true in its place and in its language', () => {
    const english = subjectOf('Our office moves to Pune. We promise guaranteed returns of 15%. See you there.')
    expect(applyEdits(english.text, fixesOf(english))).toBe(
      'Our office moves to Pune. Returns depend on the market and can be negative. See you there.',
    )
    const hindi = subjectOf('कार्यालय पुणे में है। हम 15% गारंटीड रिटर्न देते हैं। मिलते हैं।')
    expect(applyEdits(hindi.text, fixesOf(hindi))).toContain('रिटर्न बाज़ार पर निर्भर हैं')
    const gift = subjectOf('Our office moves to Pune. Start an SIP and get a gift voucher. See you there.')
    expect(applyEdits(gift.text, fixesOf(gift))).toBe('Our office moves to Pune. See you there.')
  })

  it('puts the standard warning right, word for word', () => {
    const subject = subjectOf(
      'SIPs are a habit. We give cashback on every SIP. Mutual Fund investments are subjected to market risks, please read all scheme related documents carefully.',
    )
    expect(applyEdits(subject.text, fixesOf(subject))).toBe(
      'SIPs are a habit. Mutual Fund investments are subject to market risks, read all scheme related documents carefully.',
    )
  })

  it('is not shown where nothing would be left, nor for a text that need not change', () => {
    expect(fixesOf(subjectOf('Bring a friend, get a gift voucher'))).toEqual([])
    const clean = subjectOf('A SIP is a habit of saving.')
    expect(withFixes(clean, judge(clean.text))).toEqual(judge(clean.text))
  })

  it('costs a text no more judgements than its length allows, and goes to the gravest findings first', () => {
    const claims =
      'We promise guaranteed returns of 15%. Join today and get a gift voucher. Your money doubles in five years.'
    const harmless = 'Our office is open from Monday to Friday. '
    for (const [length, most] of [
      [2_000, 8],
      [18_000, 4],
    ] as const) {
      const text = claims + harmless.repeat((length - claims.length) / harmless.length)
      const subject = subjectOf(text)
      let judged = 0
      const verdict = withFixes(subject, judgeSubject(subject), () => {
        judged++
        return []
      })
      expect(judged).toBeGreaterThan(0)
      expect(judged).toBeLessThanOrEqual(most)
      expect(verdict.findings[0]?.fix).toBeDefined()
    }
  })

  it('never makes hidden words into a plain claim', () => {
    const subject = subjectOf('Office closed on Monday. Guar\u200banteed ret\u200burns of 15% for all.')
    for (const finding of mended(subject).findings) {
      if (finding.fix === undefined) continue
      const after = judgeSubject({ ...subject, text: applyEdits(subject.text, finding.fix.edits) })
      expect(after.findings.map(({ quote }) => quote)).not.toContain('Guaranteed returns')
    }
  })
})

describe('edits', () => {
  it('change only their ranges, whatever their order, and equal ones are made once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ maxLength: 6 }), fc.string({ maxLength: 6 })), { maxLength: 6 }),
        (parts) => {
          let text = ''
          let wanted = ''
          const edits = parts.map(([old, by]) => {
            const start = text.length + 1
            text += `|${old}`
            wanted += `|${by}`
            return { start, end: start + old.length, text: by }
          })
          expect(applyEdits(text, [...edits].reverse())).toBe(wanted)
          expect(applyEdits(text, [...edits, ...edits])).toBe(wanted)
        },
      ),
    )
  })
})
