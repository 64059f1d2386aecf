import { expect, test } from 'vitest'
import { hashSecret, type KeyFacts, opens, prefixOf, readKey } from './api-key.ts'

const ID = '01990000-0000-7000-8000-00000000abcd'
const PREFIX = prefixOf('test', ID)
const SECRET = 'A'.repeat(43)
const NOW = new Date('2026-11-24T06:30:00.000Z')
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)
const known = (changes: Partial<KeyFacts> = {}): KeyFacts => ({
  prefix: PREFIX,
  secretHash: hashSecret(SECRET),
  previousHash: null,
  previousUntil: null,
  expiresAt: null,
  revokedAt: null,
  ...changes,
})
const presented = (secret = SECRET, prefix = PREFIX) => ({ prefix, secretHash: hashSecret(secret) })

test('a key is read as its id, its prefix and the hash of its secret', () => {
  expect(PREFIX).toBe('prm_test_0199000000007000800000000000abcd')
  expect(readKey(`${PREFIX}_${SECRET}`)).toEqual({ id: ID, prefix: PREFIX, secretHash: hashSecret(SECRET) })
})

test.each([
  '',
  'prm_',
  PREFIX,
  `${PREFIX}_`,
  `${PREFIX}_${SECRET}A`,
  `${PREFIX}_${SECRET.slice(1)}`,
  `${PREFIX}_${SECRET}\n`,
  ` ${PREFIX}_${SECRET}`,
  `${PREFIX}_${SECRET.replace('A', '.')}`,
  `${PREFIX.toUpperCase()}_${SECRET}`,
  `${PREFIX.replace('test', 'prod')}_${SECRET}`,
  `${PREFIX.replace('0199', '019-')}_${SECRET}`,
])('%j is no key', (key) => {
  expect(readKey(key)).toBeNull()
})

test.each([
  ['the current secret', {}, SECRET, true],
  ['another secret', {}, 'B'.repeat(43), false],
  ['a secret that ends when it ends', { expiresAt: NOW }, SECRET, false],
  ['a secret before its end', { expiresAt: later(1) }, SECRET, true],
  ['a revoked key', { revokedAt: NOW }, SECRET, false],
  [
    'the replaced secret in its grace',
    { previousHash: hashSecret('B'.repeat(43)), previousUntil: later(1) },
    'B'.repeat(43),
    true,
  ],
  [
    'the replaced secret after it',
    { previousHash: hashSecret('B'.repeat(43)), previousUntil: NOW },
    'B'.repeat(43),
    false,
  ],
  [
    'the new secret in the grace of the old',
    { previousHash: hashSecret('B'.repeat(43)), previousUntil: later(1) },
    SECRET,
    true,
  ],
  [
    'the replaced secret of a key that has ended',
    { previousHash: hashSecret('B'.repeat(43)), previousUntil: later(9), expiresAt: NOW },
    'B'.repeat(43),
    false,
  ],
] as [string, Partial<KeyFacts>, string, boolean][])('%s', (_, changes, secret, expected) => {
  expect(opens(presented(secret), known(changes), NOW)).toBe(expected)
})

test('the right secret under the prefix of another environment, or of no key at all, opens nothing', () => {
  expect(opens(presented(SECRET, prefixOf('live', ID)), known(), NOW)).toBe(false)
  expect(opens(presented(), null, NOW)).toBe(false)
})
