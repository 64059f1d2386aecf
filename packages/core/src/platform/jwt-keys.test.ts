import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { fixedClock } from '../../testing/index.ts'
import { createAccessTokens } from '../identity/index.ts'
import { newJwks } from '../identity/testing.ts'
import { rotateJwtKeys } from './jwt-keys.ts'

const issuer = 'https://pramaan.example'
const claims = { userId: randomUUID(), sessionId: 'h'.repeat(43) }
const MINUTE_MS = 60_000
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
const kidsOf = (jwks: string) => JSON.parse(jwks).keys.map(({ kid }: { kid: string }) => kid)

test('after a rotation both keys are published, old tokens stay good, and from its moment on the new key signs', async () => {
  const clock = fixedClock()
  const old = newJwks('old')
  const signsFrom = new Date(clock.now().getTime() + 10 * MINUTE_MS)
  const { jwks, kid } = rotateJwtKeys(old, { now: clock.now(), signsFrom })
  const [before, after] = [
    await createAccessTokens({ jwks: old, issuer, now: clock.now }),
    await createAccessTokens({ jwks, issuer, now: clock.now }),
  ]
  expect((await after.publicJwks()).keys.map((key) => key.kid)).toEqual([kid, 'old'])
  expect(JSON.stringify(await after.publicJwks())).not.toMatch(/"d":|signsFrom/)

  // While the processes are restarted one by one, each takes the tokens of the other.
  const [fromBefore, fromAfter] = [await before.issue(claims), await after.issue(claims)]
  expect(kidOf(fromAfter.accessToken)).toBe('old')
  expect(await after.verify(fromBefore.accessToken)).toEqual(claims)
  expect(await before.verify(fromAfter.accessToken)).toEqual(claims)

  clock.advance(9 * MINUTE_MS)
  const last = await after.issue(claims)
  expect(kidOf(last.accessToken)).toBe('old')
  clock.advance(MINUTE_MS)
  const first = await after.issue(claims)
  expect(kidOf(first.accessToken)).toBe(kid)
  expect(await after.verify(first.accessToken)).toEqual(claims)
  expect(await after.verify(last.accessToken)).toEqual(claims)
})

test('the next rotation drops the key whose tokens are long gone', async () => {
  const clock = fixedClock()
  const atOnce = () => ({ now: clock.now(), signsFrom: clock.now() })
  const one = rotateJwtKeys(newJwks('old'), atOnce())
  clock.advance(MINUTE_MS)
  const two = rotateJwtKeys(one.jwks, atOnce())
  expect(kidsOf(two.jwks)).toEqual([two.kid, one.kid])
  const tokens = await createAccessTokens({ jwks: two.jwks, issuer, now: clock.now })
  expect(kidOf((await tokens.issue(claims)).accessToken)).toBe(two.kid)
})

test('a rotation that is repeated before its moment keeps the key that signs', () => {
  const clock = fixedClock()
  const later = () => ({ now: clock.now(), signsFrom: new Date(clock.now().getTime() + MINUTE_MS) })
  const one = rotateJwtKeys(newJwks('old'), later())
  const two = rotateJwtKeys(one.jwks, later())
  expect(kidsOf(two.jwks)).toEqual([two.kid, 'old'])
})

test.each(['', '{}', '{"keys":[]}', '{"keys":[{"kty":"RSA"}]}', 'null'])('%j is no set to rotate', (jwks) => {
  const now = new Date()
  expect(() => rotateJwtKeys(jwks, { now, signsFrom: now })).toThrow()
})
