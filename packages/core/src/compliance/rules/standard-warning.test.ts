import { describe, expect, it } from 'vitest'
import { judge } from './fixtures/judge.ts'

const W1 =
  'Investment in securities market are subject to market risks. Read all the related documents carefully before investing.'
const W4 = 'Mutual Fund investments are subject to market risks, read all scheme related documents carefully.'
const altered = (text: string, licence: 'IA' | 'MFD') =>
  judge(text, { licences: [licence], channel: 'email' }).findings.filter((finding) =>
    finding.ruleId.endsWith('WARNING'),
  )

describe('a standard warning inside the text', () => {
  it.each([
    [W1, 'IA'],
    [W1.toUpperCase(), 'IA'],
    [W1.slice(0, -1), 'IA'],
    [W4, 'MFD'],
    [W4.replace('risks, read', 'risks,\nread'), 'MFD'],
  ] as const)('passes word for word, whatever the case, line or full stop: %s', (text, licence) => {
    expect(altered(text, licence)).toEqual([])
  })

  it.each([
    [W1.replace('Investment in', 'Investments in'), 'IA', 'investments'],
    [W1.replace('securities', 'the securities'), 'IA', 'the'],
    [W4.replace('read all', 'please read all'), 'MFD', 'please'],
    [W4.replace('subject', 'subjected'), 'MFD', 'subjected'],
    [W4.replace('carefully', ''), 'MFD', 'carefully'],
  ] as const)('fails with a changed, added or missing word and names it: %s', (text, licence, word) => {
    const findings = altered(text, licence)
    expect(findings.length).toBe(1)
    expect(findings[0]?.message).toContain(word)
  })
})
