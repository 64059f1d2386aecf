import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { compactVerify, importJWK, type JWK } from 'jose'
import { describe, expect, test } from 'vitest'
import { createAccessTokens } from './access-tokens.ts'
import fixture from './fixtures/jose-vectors.json' with { type: 'json' }

/**
 * Published JOSE examples (`fixtures/jose-vectors.json` names the section of each). Those of ES256 show that we sign and
 * check as everybody does; all others are good tokens of algorithms that we do not take, and must be refused although
 * their signatures are right.
 */
interface Vector {
  source: string
  alg: string
  key: JWK | null
  token: string
}
const vectors = fixture.vectors as unknown as Vector[]
const es256 = vectors.find(({ alg }) => alg === 'ES256') as Vector
const now = () => new Date('2011-03-22T18:00:00Z')
const issuer = 'joe'
const verifier = (keys: unknown[]) => createAccessTokens({ jwks: JSON.stringify({ keys }), issuer, now })
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())

describe.each(vectors)('$source', ({ alg, key, token }) => {
  test('is the vector that it says it is', async () => {
    expect(headerOf(token).alg).toBe(alg)
    if (key === null) return
    const { d: _, ...publicKey } = key
    const { payload } = await compactVerify(token, await importJWK(publicKey as JWK, alg))
    expect(payload.length).toBeGreaterThan(0)
  })

  test('ASVS 9.1.2: is no access token of ours, whatever key id we know it by', async () => {
    for (const kid of [headerOf(token).kid ?? 'none', 'none', undefined]) {
      const tokens = await verifier([{ ...es256.key, kid }])
      expect(await tokens.verify(token)).toBeNull()
    }
  })

  test('stays refused when its header is dressed up as ours', async () => {
    const tokens = await verifier([{ ...es256.key, kid: 'ours' }])
    const [, payload, signature] = token.split('.')
    for (const claimed of [alg, 'ES256']) {
      const head = Buffer.from(JSON.stringify({ alg: claimed, typ: 'at+jwt', kid: 'ours' })).toString('base64url')
      expect(await tokens.verify(`${head}.${payload}.${signature}`)).toBeNull()
    }
  })
})

test('a token that we sign with the key of RFC 7515 A.3 is one that any other ES256 implementation takes', async () => {
  const tokens = await verifier([{ ...es256.key, kid: 'rfc' }])
  const { accessToken } = await tokens.issue({ userId: crypto.randomUUID(), sessionId: 's'.repeat(43) })
  const [head = '', payload = '', signature = ''] = accessToken.split('.')
  const { kty, crv, x, y } = es256.key as Record<string, string>
  const key = createPublicKey({ key: { kty, crv, x, y } as JsonWebKey, format: 'jwk' })
  const parts = Buffer.from(`${head}.${payload}`)
  const isRight = verify('sha256', parts, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  expect(isRight).toBe(true)
  expect(await tokens.verify(accessToken)).not.toBeNull()
})

test.each(['none', 'HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'PS384', 'EdDSA', 'ES512'])(
  '%s is among the refused',
  (alg) => {
    const refused = [...vectors.map((vector) => vector.alg), ...fixture.headerOnly]
    expect(refused).toContain(alg)
  },
)

test.each(fixture.headerOnly)('a header that names %s is refused before any signature is looked at', async (alg) => {
  const tokens = await verifier([{ ...es256.key, kid: 'ours' }])
  const { accessToken } = await tokens.issue({ userId: crypto.randomUUID(), sessionId: 's'.repeat(43) })
  const [, payload, signature] = accessToken.split('.')
  const head = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid: 'ours' })).toString('base64url')
  expect(await tokens.verify(`${head}.${payload}.${signature}`)).toBeNull()
})
