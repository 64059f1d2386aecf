import { describe, expect, it } from 'vitest'
import { judge } from './fixtures/judge.ts'

/** Processor time of this process in microseconds for one check; other processes do not count. */
const cost = (text: string): number => {
  const before = process.cpuUsage()
  judge(text)
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const cheapest = (text: string): number => Math.min(...Array.from({ length: 2 }, () => cost(text)))

const SMALL = 2_500
const GROWTH = 8

/** Eight times the text may cost at most 26 times as much: linear is 8, quadratic 64. */
const LIMIT = 26

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
    ['kinds of fund', 'debt '],
    ['one long sentence of claims', 'invest 5% return we '],
    ['new words', null],
  ])('%s', (_name, unit) => {
    const text = (length: number) =>
      unit === null
        ? Array.from({ length: length / 6 }, (_, at) => (at * 7919).toString(36)).join(' ')
        : unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
    judge(text(SMALL))
    expect(cheapest(text(SMALL * GROWTH))).toBeLessThan(LIMIT * Math.max(cheapest(text(SMALL)), 1_500))
  })
})
