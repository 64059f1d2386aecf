import { expect, test } from 'vitest'
import { IDLE_MS, judgeRefresh, REPEAT_MS, type RefreshFacts } from './refresh.ts'

const now = new Date('2026-11-24T06:30:00.000Z')
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds)
const fresh: RefreshFacts = { createdAt: ago(60_000), expiresAt: ago(-86_400_000), usedAt: null, revokedAt: null }
const used: RefreshFacts = { ...fresh, usedAt: ago(1_000) }

test.each<[string, RefreshFacts, RefreshFacts | null, string]>([
  ['fresh', fresh, null, 'rotate'],
  ['fresh but signed out', { ...fresh, revokedAt: ago(1) }, null, 'ended'],
  ['at its end', { ...fresh, expiresAt: now }, null, 'expired'],
  ['just before its end', { ...fresh, expiresAt: ago(-1) }, null, 'rotate'],
  ['unused for as long as a session', { ...fresh, createdAt: ago(IDLE_MS) }, null, 'expired'],
  ['unused for almost as long', { ...fresh, createdAt: ago(IDLE_MS - 1) }, null, 'rotate'],
  ['just used, the next one untouched', used, fresh, 'repeat'],
  ['used almost ten seconds ago', { ...fresh, usedAt: ago(REPEAT_MS - 1) }, fresh, 'repeat'],
  ['used ten seconds ago', { ...fresh, usedAt: ago(REPEAT_MS) }, fresh, 'reused'],
  ['just used, and the next one too', used, used, 'reused'],
  ['just used, the next one signed out', used, { ...fresh, revokedAt: ago(1) }, 'reused'],
  ['just used, the next one swept away', used, null, 'reused'],
  ['used, and of a family that ended', { ...used, revokedAt: ago(1) }, fresh, 'reused'],
  ['used, and past its end', { ...used, usedAt: ago(REPEAT_MS * 2), expiresAt: ago(1) }, fresh, 'reused'],
])('a token that is %s', (_, presented, successor, expected) => {
  expect(judgeRefresh(presented, successor, now)).toBe(expected)
})
