import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { familiesOf, judge, rulesOf } from './fixtures/judge.ts'
import { foldText } from './normalise.ts'

describe('a claim in disguise', () => {
  it.each([
    ['zero-width space', 'guar\u200banteed ret\u200burns'],
    ['zero-width non-joiner', 'guar\u200canteed ret\u200curns'],
    ['soft hyphen', 'guar\u00adanteed returns'],
    ['tag character', 'guar\u{e0041}anteed returns'],
    ['Cyrillic letters', 'gu\u0430r\u0430nteed returns'],
    ['Greek letters', 'guar\u03b1nteed returns'],
    ['digits for letters', 'gu4r4nt33d returns'],
    ['signs for letters', 'gu@r@nteed return$'],
    ['split letters', 'g u a r a n t e e d returns'],
    ['dotted letters', 'g.u.a.r.a.n.t.e.e.d returns'],
    ['right-to-left override', '\u202edeetnaraug\u202c returns'],
  ])('is found and the disguise itself is a finding: %s', (_name, text) => {
    const verdict = judge(text)
    expect(rulesOf(verdict)).toEqual(expect.arrayContaining(['CLM-ASSURED-RETURN', 'TXT-HIDDEN-CHARS']))
    for (const { span, quote } of verdict.findings)
      if (span !== null) expect(text.slice(span.start, span.end)).toBe(quote)
  })

  it.each([
    ['mathematical bold', '\u{1d5f4}\u{1d602}\u{1d5ee}\u{1d5ff}\u{1d5ee}\u{1d5fb}\u{1d601}\u{1d5f2}\u{1d5f1} returns'],
    ['full width', 'ｇｕａｒａｎｔｅｅｄ returns'],
    ['accents', 'gùàrántèéd returns'],
    ['capitals', 'GUARANTEED RETURNS'],
    ['Devanagari digits', 'गारंटीड १५% रिटर्न'],
    ['spelling', 'garantid ritarn milega'],
    ['broken line', 'guaranteed\nreturns'],
  ])('is found where the writing is only unusual: %s', (_name, text) => {
    expect(familiesOf(judge(text))).toContain('guarantee')
  })

  it.each([
    ['joined emoji', '👨‍👩‍👧‍👦 Family finance day ❤️‍🩹'],
    ['a half form', 'क्‍षमा और नियम'],
    ['a byte order mark', '\ufeffYour statement is ready.'],
    ['keycaps as bullets', '1️⃣ Check the nominee 2️⃣ Check the address'],
    ['a flag', 'Office closed 🏴󠁧󠁢󠁥󠁮󠁧󠁿 today'],
    ['initials', 'S. I. P. and Q 1 F Y 2 7'],
    ['short Hindi words', 'जो समझ में न आए वो न लें, दे दो तो ले लो'],
  ])('is not seen in honest writing: %s', (_name, text) => {
    expect(rulesOf(judge(text))).not.toContain('TXT-HIDDEN-CHARS')
  })
})

const HOSTILE = fc.constantFrom(
  'guaranteed',
  'returns',
  ' ',
  ' 15% ',
  'ग',
  '\u0930',
  '\u093e',
  '\u200b',
  '\u200d',
  '\u202e',
  '\u202c',
  '\u{1d5f4}',
  '\u0430',
  '\ufb01',
  '\u0301',
  '💰',
  '👨‍👩‍👧',
  '“',
  '”',
  '‘',
  "'",
  '\n',
  '.',
  '?',
  'ı',
  'İ',
  'ß',
  '½',
  '5',
  '₹',
  '\ufeff',
  '\u{e0041}',
  'ｇ',
  '…',
  '가',
  'not ',
  'नहीं ',
)
const hostileText = fc
  .array(fc.oneof(HOSTILE, fc.string({ unit: 'grapheme', maxLength: 4 })), { minLength: 1, maxLength: 60 })
  .map((parts) => parts.join(''))

describe('offsets', () => {
  it('lead from every folded character back to a place in the text, in order', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { starts, ends } = foldText(text)
        starts.forEach((start, index) => {
          const end = ends[index] ?? 0
          expect(start >= 0 && start < end && end <= text.length).toBe(true)
          expect(start).toBeGreaterThanOrEqual(starts[index - 1] ?? 0)
        })
      }),
    )
  })

  it('cut exactly the quote out of the text, whatever the text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const { span, quote } of judge(`${text} guaranteed returns of 15%`).findings) {
          if (span !== null) expect(`${text} guaranteed returns of 15%`.slice(span.start, span.end)).toBe(quote)
        }
      }),
      { numRuns: 60 },
    )
  })
})
