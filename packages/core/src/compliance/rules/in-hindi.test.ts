import { expect, test } from 'vitest'
import { judge } from './fixtures/judge.ts'
import { findingsInHindi, obligationsInHindi, RULE_SET } from './index.ts'
import messages from './messages-hi.json' with { type: 'json' }

const HINDI = messages as Record<string, { message: string; obligation?: string }>

test('every rule has its message in Hindi, every obligation too, and nothing is translated that is no rule', () => {
  expect(Object.keys(HINDI).sort()).toEqual(RULE_SET.rules.map(({ id }) => id).sort())
  const obliged = RULE_SET.rules.filter(({ obligation }) => obligation !== undefined).map(({ id }) => id)
  expect(
    Object.keys(HINDI)
      .filter((id) => HINDI[id]?.obligation !== undefined)
      .sort(),
  ).toEqual(obliged.sort())
})

test('every message is one or two Hindi sentences: in Devanagari, closed, without English but for names', () => {
  const NAMES =
    /\b(?:AMFI-registered Mutual Fund Distributor|SEBI|AMFI|IAASB|RAASB|ARN|PaRRVA|UIN|ULIP|IPO|AI|WhatsApp|STOP)\b/g
  for (const { message, obligation } of Object.values(HINDI)) {
    for (const text of [message, obligation ?? message]) {
      expect(text).toMatch(/।$/)
      expect(text).toBe(text.normalize('NFC').trim())
      const own = text.replace(NAMES, '')
      expect(own.match(/[A-Za-z]{2,}/g)).toBeNull()
      expect(own.match(/[\u0900-\u097f]/g)?.length).toBeGreaterThan(own.length / 2)
    }
  }
})

test('a finding says in Hindi what it says in English, the words that it names included', () => {
  const text = 'Mutual Fund investments are subjected to market risks, read all scheme related documents carefully.'
  const { findings, obligations } = judge(text, { licences: ['MFD'], channel: 'email' })
  const shown = findingsInHindi(findings).find(({ ruleId }) => ruleId === 'DISC-W4-MF-WARNING')
  expect(shown?.messageHi).toContain('मानक चेतावनी')
  expect(shown?.messageHi).toContain('subjected')
  const foreign = { ...findings[0], ruleId: 'A-RULE-OF-YESTERDAY' } as (typeof findings)[number]
  expect(findingsInHindi([foreign])).toEqual([foreign])
  for (const one of obligationsInHindi(obligations)) expect(one.messageHi).toMatch(/[\u0900-\u097f]/)
})
