import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { AppError } from '../platform/errors.ts'
import { requestPasswordReset, resetPassword, signIn } from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()
const HOUR_MS = 3_600_000
const from = (ip: string, email: string, password = PASSWORD) =>
  signIn(world.stranger(ip), { email, password, userAgent: '' }).then(
    () => 'signed in',
    ({ code }: AppError) => code,
  )

/** So many wrong tries from each of so many addresses, eight at a time. */
async function flood(email: string, addresses: number, each: number): Promise<string[]> {
  const tries = Array.from({ length: addresses * each }, (_, at) => `198.51.100.${at % addresses}`)
  const codes: string[] = []
  while (tries.length > 0) {
    codes.push(...(await Promise.all(tries.splice(0, 8).map((ip) => from(ip, email, 'a wrong password')))))
  }
  return codes
}

test('ASVS 6.3.1: 1,000 wrong tries for one account from 100 addresses, then its owner signs in from the known place', async () => {
  const { email } = await world.person()
  const codes = await flood(email, 100, 10)
  const guesses = codes.filter((code) => code === 'invalid_credentials').length
  expect(codes).toHaveLength(1_000)
  expect(guesses).toBeGreaterThanOrEqual(50)
  // Those that were under way when the limit was reached.
  expect(guesses).toBeLessThan(60)
  expect(new Set(codes)).toEqual(new Set(['invalid_credentials', 'rate_limited']))
  // The address was confirmed from 127.0.0.1, which makes it a known place before any sign-in.
  expect(await from('203.0.113.9', email)).toBe('rate_limited')
  expect(await from('127.0.0.1', email)).toBe('signed in')
})

test('from a new place the owner signs in after the mailed link, while the flood goes on', async () => {
  const { email } = await world.person()
  await flood(email, 10, 10)
  const owner = '203.0.113.10'
  expect(await from(owner, email)).toBe('rate_limited')
  await requestPasswordReset(world.stranger(owner), { email })
  await world.deliverMail()
  const newPassword = 'another quite unrelated sentence'
  await resetPassword(world.stranger(owner), { token: world.tokenFor(email), newPassword })
  await flood(email, 100, 1)
  expect(await from('203.0.113.11', email, newPassword)).toBe('rate_limited')
  expect(await from(owner, email, newPassword)).toBe('signed in')
})

test('from a new place the owner also gets in by waiting, and a right password ends the slow-down', async () => {
  const { email } = await world.person()
  await flood(email, 10, 10)
  expect(await from('203.0.113.12', email)).toBe('rate_limited')
  world.clock.advance(3 * 60_000)
  expect(await from('203.0.113.12', email)).toBe('signed in')
  expect(await from('203.0.113.13', email, 'a wrong password')).toBe('invalid_credentials')
})

test('guessing on goes ever slower: a day of it is worth fewer than sixty guesses', async () => {
  const { email } = await world.person()
  let guesses = 0
  await flood(email, 10, 10)
  for (let hours = 0; hours < 24; hours += 0.5) {
    world.clock.advance(HOUR_MS / 2)
    guesses += (await flood(email, 4, 2)).filter((code) => code === 'invalid_credentials').length
  }
  expect(guesses).toBeLessThan(60)
  expect(await from('127.0.0.1', email)).toBe('signed in')
})

test('an address without an account is slowed down just the same, so the slow-down tells nothing', async () => {
  const codes = await flood('nobody-at-all@example.test', 10, 10)
  const known = await flood((await world.person()).email, 10, 10)
  const count = (all: string[]) => all.filter((code) => code === 'rate_limited').length
  expect(Math.abs(count(codes) - count(known))).toBeLessThan(10)
  expect(count(codes)).toBeGreaterThan(30)
})

test('what is kept of places names no address', async () => {
  const { userId } = await world.person()
  const rows = await world.db.read.select().from(schema.signInPlaces).where(eq(schema.signInPlaces.userId, userId))
  expect(rows).toHaveLength(1)
  expect(rows[0]?.placeHash.toString('latin1')).not.toContain('127.0.0.1')
})
