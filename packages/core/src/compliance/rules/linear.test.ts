import { describe, expect, it } from 'vitest'
import { judge } from './fixtures/judge.ts'

/** Processor time of this process in microseconds for one check; other processes do not count. */
const cost = (text: string): number => {
  const before = process.cpuUsage()
  judge(text)
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const cheapest = (text: string): number => Math.min(...Array.from({ length: 4 }, () => cost(text)))

const SMALL = 5_000
const GROWTH = 4

/** Four times the text may cost at most ten times as much: linear is four, quadratic sixteen. */
const LIMIT = 10

describe('the cost of a check grows with the length of the text and no faster', () => {
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
    ['new words', null],
  ])('%s', (_name, unit) => {
    const text = (length: number) =>
      unit === null
        ? Array.from({ length: length / 6 }, (_, at) => (at * 7919).toString(36)).join(' ')
        : unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
    judge(text(SMALL))
    expect(cheapest(text(SMALL * GROWTH))).toBeLessThan(LIMIT * Math.max(cheapest(text(SMALL)), 2_000))
  })
})
