import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENGINE } from './compiled.ts'
import { decideReading } from './decide.ts'
import { findInReading } from './find.ts'
import { judge, subjectOf } from './fixtures/judge.ts'
import { findLikeness } from './likely.ts'
import { readMarks } from './pattern.ts'
import { readTokens } from './tokens.ts'

/** Stands for a list and counts how often one of its places is looked at. */
const counted = <T>(list: readonly T[], count: () => void): readonly T[] =>
  new Proxy(list, {
    get: (target, key) => {
      if (typeof key === 'string' && key >= '0' && key <= ':') count()
      return Reflect.get(target, key)
    },
  })

/**
 * The work of a check without a clock: words that were looked up while reading, and places of the text that patterns,
 * detectors, polarity and likeness looked at. The same on every machine.
 */
const work = (text: string): number => {
  let steps = 0
  const count = () => {
    steps++
  }
  const read = readTokens(text, (form) => {
    count()
    return ENGINE.lexicon.knows(form)
  })
  const marked = readMarks({ ...read, tokens: counted(read.tokens, count) }, ENGINE.lexicon)
  const reading = {
    ...marked,
    sentence: counted(marked.sentence, count),
    clause: counted(marked.clause, count),
    quoted: counted(marked.quoted, count),
    sentenceIds: counted(marked.sentenceIds, count),
    marks: {
      ...marked.marks,
      ids: counted(marked.marks.ids, count),
      lengths: counted(marked.marks.lengths, count),
    },
  }
  const subject = subjectOf(text)
  const findings = ([1, 2, 3] as const).flatMap((stage) => findInReading(reading, subject, stage))
  decideReading(reading, subject, [...findings, ...findLikeness(reading, subject, findings)])
  return steps
}

const SMALL = 2_500
const GROWTH = 8

/** Eight times the text may be at most ten times the work: linear is 8, quadratic 64. */
const LIMIT = 10

/** So much work is nothing, however it grows. */
const NOTHING = 2_000

const repeat = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

const growsLinearly = (text: (length: number) => string) => {
  const [small, large] = [work(text(SMALL)), work(text(SMALL * GROWTH))]
  expect(large).toBeLessThanOrEqual(LIMIT * Math.max(small, NOTHING))
}

describe('the work of a check grows with the length of the text and no faster', () => {
  it.each([
    ['matches', 'guaranteed return '],
    ['near matches', 'not guaranteed target 5 stop 3 buy '],
    ['split letters', 'g u a r a n t e e d '],
    ['split syllables', 'पै सा '],
    ['one word', 'x'],
    ['hidden characters', 'a\u200b'],
    ['marks', '\u0301'],
    ['open quotes', '“'],
    ['apostrophes', "'a "],
    ['digits', '1 '],
    ['anchors of warnings', 'subject '],
    ['digits for letters', 'g1'],
    ['hyphens', 'gua-'],
    ['questions', 'Risk? '],
    ['emoji', '💰➡️💰💰'],
    ['kinds of fund', 'debt '],
    ['one long sentence of claims', 'invest 5% return we '],
    ['words without vowels', 'grntd rtrn '],
    ['gifts and friends', 'refer a friend, win a voucher '],
    ['denials', 'if anybody asks, do not pay. '],
  ])('%s', (_name, unit) => {
    growsLinearly((length) => repeat(unit, length))
  })

  it('new words', () => {
    const word = (at: number) => ((at + 5_000) * 7919).toString(36)
    growsLinearly((length) => Array.from({ length: length / 6 }, (_, at) => word(at)).join(' '))
  })

  it('whatever is repeated', () => {
    const piece = fc.constantFrom(
      ...'guaranteed return not we you client gave 15% ₹5 lakh by Friday . , ? “ ” if but loan fund policy tax best'.split(
        ' ',
      ),
      ...'नहीं रिटर्न गारंटी हमारे ક્લેમ வரி \u200b \n g u a 👉 rtrn'.split(' '),
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        growsLinearly((length) => repeat(`${pieces.join(' ')} `, length))
      }),
      { numRuns: 25, seed: 20261125 },
    )
  })

  it('a text of the greatest length is judged at all', () => {
    expect(judge(repeat('not guaranteed target 5 stop 3 buy ', 20_000)).stages).toHaveLength(3)
  })
})
