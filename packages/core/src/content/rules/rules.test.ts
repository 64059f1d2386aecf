import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { estimatedApprovalTime } from './estimated-approval-time.ts'
import { excerptOf } from './excerpt-of.ts'
import { type VersionFacts, versionHash } from './version-hash.ts'

const facts: VersionFacts = { text: 'SIP is a habit.', channel: 'whatsapp', audience: 'clients', language: 'en' }

test('the version hash is the SHA-256 of the RFC 8785 form, which anybody can recompute', () => {
  const canonical = '{"audience":"clients","channel":"whatsapp","language":"en","media":[],"text":"SIP is a habit."}'
  expect(versionHash(facts)).toBe(createHash('sha256').update(canonical).digest('hex'))
})

test('composed and decomposed text, and white space at the end, are the same version', () => {
  expect(versionHash({ ...facts, text: 'Café \n\t ' })).toBe(versionHash({ ...facts, text: 'Cafe\u0301' }))
})

test.each([
  { text: 'SIP is a habit!' },
  { text: ' SIP is a habit.' },
  { text: 'SIP  is a habit.' },
  { channel: 'email' },
  { audience: 'public' },
  { language: 'hi' },
  { language: null },
] satisfies Partial<VersionFacts>[])('a change of %j is another version', (change) => {
  expect(versionHash({ ...facts, ...change })).not.toBe(versionHash(facts))
})

test('an excerpt is one line of at most 160 units and never ends in half a character', () => {
  expect(excerptOf('one\n\n two\tthree ')).toBe('one two three')
  const long = excerptOf(`${'x'.repeat(159)}😀 and more`)
  expect(long).toBe('x'.repeat(159))
  expect(excerptOf('सिप'.repeat(200)).length).toBeLessThanOrEqual(160)
})

test.each([
  ['pro', '2026-11-24T06:30:00.000Z', '2026-11-24T08:30:00.000Z', 'Tuesday noon, the same day'],
  ['pro', '2026-11-24T11:30:00.000Z', '2026-11-25T05:30:00.000Z', 'an hour before closing, one hour the next morning'],
  ['standard', '2026-11-27T06:30:00.000Z', '2026-11-30T06:30:00.000Z', 'Friday noon, Monday noon'],
  ['basic', '2026-11-28T20:00:00.000Z', '2026-12-02T12:30:00.000Z', 'Sunday in India, three full days'],
  [null, '2026-11-24T04:30:00.000Z', '2026-11-26T12:30:00.000Z', 'tier unknown, as Basic'],
] as const)('an estimate for %s from %s is %s: %s', (tier, from, until, _) => {
  expect(estimatedApprovalTime(new Date(from), tier).toISOString()).toBe(until)
})
