import { createHmac, createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { type JWTHeaderParameters, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { fixedClock } from '../../testing/index.ts'
import { createAccessTokens } from './access-tokens.ts'
import { newJwks } from './testing.ts'

const issuer = 'https://pramaan.example'
const clock = fixedClock()
const jwks = newJwks()
const privateKey = createPrivateKey({ key: JSON.parse(jwks).keys[0], format: 'jwk' })
const publicKey = createPublicKey(privateKey)
const tokens = await createAccessTokens({ jwks, issuer, now: clock.now })
const claims = { userId: randomUUID(), sessionId: 'h'.repeat(43) }
const seconds = () => Math.floor(clock.now().getTime() / 1000)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString())
const issue = async () => (await tokens.issue(claims)).accessToken

/** A token signed with our own key, after changing what our issuer would write. */
function forge(payload: Record<string, unknown> = {}, header: Partial<JWTHeaderParameters> = {}, key = privateKey) {
  const body = { sid: claims.sessionId, iss: issuer, aud: 'pramaan', sub: claims.userId, jti: randomUUID() }
  return new SignJWT({ ...body, iat: seconds(), exp: seconds() + 300, ...payload })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test', ...header })
    .sign(key)
}

test('ASVS 9.2.1, 10.3.3: a token says who and for which session, for five minutes', async () => {
  const { accessToken, expiresIn } = await tokens.issue(claims)
  expect(expiresIn).toBe(300)
  expect(await tokens.verify(accessToken)).toEqual(claims)
  expect(decode(accessToken.split('.')[0])).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })
  clock.advance(299_000)
  expect(await tokens.verify(accessToken)).toEqual(claims)
  clock.advance(1_000)
  expect(await tokens.verify(accessToken)).toBeNull()
  expect(await tokens.verify(accessToken)).toBeNull()
})

test('what the test forges with nothing changed is accepted, so the refusals below are refusals of the change', async () => {
  expect(await tokens.verify(await forge())).toEqual(claims)
})

test.each<[string, Record<string, unknown>]>([
  ['of another issuer', { iss: 'https://evil.example' }],
  ['of no issuer', { iss: undefined }],
  ['for another audience', { aud: 'somebody-else' }],
  ['for no audience', { aud: undefined }],
  ['without an expiry', { exp: undefined }],
  ['with an expiry that is no number', { exp: 'never' }],
  ['without a user', { sub: undefined }],
  ['with a user that is no id', { sub: 'admin' }],
  ['without a session', { sid: undefined }],
  ['without an id of its own', { jti: undefined }],
  ['that expired a second ago', { exp: Math.floor(fixedClock().now().getTime() / 1000) - 1 }],
  ['that is not valid yet', { nbf: Math.floor(fixedClock().now().getTime() / 1000) + 10_000 }],
])('ASVS 9.2.1, 9.2.3, 9.2.4, 10.3.1: a token %s is refused, though our key signed it', async (_, payload) => {
  expect(await tokens.verify(await forge(payload))).toBeNull()
})

test.each<[string, Partial<JWTHeaderParameters>]>([
  ['another key id', { kid: 'other' }],
  ['no key id', { kid: undefined as never }],
  ['the type of another kind of token', { typ: 'JWT' }],
  ['no type', { typ: undefined as never }],
  ['the address of a key', { jku: 'https://evil.example/jwks' }],
  ['a key in it', { jwk: publicKey.export({ format: 'jwk' }) as never }],
  ['the address of a certificate', { x5u: 'https://evil.example/cert' }],
  ['an extension that we would have to understand', { crit: ['exp'], exp: 1 } as never],
  ['a member that we never write', { cty: 'JWT' }],
])('ASVS 9.1.2, 9.1.3, 9.2.2: a header with %s is refused, though our key signed it', async (_, header) => {
  const token = await forge({}, header).catch(() => null)
  // jose does not sign with an unknown extension, so that one is put together by hand.
  const byHand = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'test', ...header })}.${(await issue()).split('.').slice(1).join('.')}`
  expect(await tokens.verify(token ?? byHand)).toBeNull()
})

test('ASVS 9.1.2: an unsigned token, and one signed with our public key as a shared secret, are refused', async () => {
  const body = (await issue()).split('.')[1] ?? ''
  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    const head = encode({ alg, typ: 'at+jwt', kid: 'test' })
    expect(await tokens.verify(`${head}.${body}.`)).toBeNull()
    expect(await tokens.verify(`${head}.${body}.AAAA`)).toBeNull()
  }
  const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'test' })}.${body}`
  for (const format of ['pem', 'der'] as const) {
    const secret = publicKey.export({ type: 'spki', format } as never) as unknown as string
    const signature = createHmac('sha256', secret).update(signed).digest('base64url')
    expect(await tokens.verify(`${signed}.${signature}`)).toBeNull()
  }
})

test('ASVS 9.1.1: a token of somebody else’s key under our key id is refused', async () => {
  const other = createPrivateKey({ key: JSON.parse(newJwks()).keys[0], format: 'jwk' })
  expect(await tokens.verify(await forge({}, {}, other))).toBeNull()
})

test('there is one way to write a token: padding, other alphabets, stray bits and extra parts are refused', async () => {
  const token = await issue()
  const [head = '', body = '', signature = ''] = token.split('.')
  const last = signature.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // The last of 86 characters carries two bits; sixteen ways of writing them decode to the same signature.
  const stray = [...alphabet].filter((letter) => {
    const same = Buffer.from(signature.slice(0, -1) + letter, 'base64url').equals(Buffer.from(signature, 'base64url'))
    return same && letter !== last
  })
  expect(stray.length).toBeGreaterThan(0)
  const variants = [
    ...stray.map((letter) => `${head}.${body}.${signature.slice(0, -1)}${letter}`),
    `${head}.${body}.${signature}=`,
    `${head}.${body}.${signature}==`,
    `${head}=.${body}.${signature}`,
    `${token}.`,
    `.${token}`,
    `${token}.${signature}`,
    ` ${token}`,
    `${token} `,
    `${token}\n`,
    `${head}..${signature}`,
    `${head}.${body}.`,
    `${head}.${body}`,
    `..`,
    '',
    'x'.repeat(100_000),
    JSON.stringify({ protected: head, payload: body, signature }),
    token.toUpperCase(),
  ]
  for (const variant of variants) expect(await tokens.verify(variant), variant.slice(0, 60)).toBeNull()
  expect(await tokens.verify(token)).toEqual(claims)
})

test('ASVS 9.1.1: no single changed character leaves a token valid', async () => {
  const token = await issue()
  await tokens.verify(token)
  for (let at = 0; at < token.length; at += 3) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    expect(await tokens.verify(changed), `character ${at}`).toBeNull()
  }
})

test('a key that was rotated out of first place still verifies, and a removed one does not', async () => {
  const token = await issue()
  const [old] = JSON.parse(jwks).keys
  const [fresh] = JSON.parse(newJwks('fresh')).keys
  const both = await createAccessTokens({ jwks: JSON.stringify({ keys: [fresh, old] }), issuer, now: clock.now })
  expect(await both.verify(token)).toEqual(claims)
  expect(decode((await both.issue(claims)).accessToken.split('.')[0]).kid).toBe('fresh')
  const without = await createAccessTokens({ jwks: JSON.stringify({ keys: [fresh] }), issuer, now: clock.now })
  expect(await without.verify(token)).toBeNull()
})

test('the published keys hold no private half', async () => {
  const { keys } = await tokens.publicJwks()
  expect(keys).toEqual([
    { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String), kid: 'test', alg: 'ES256', use: 'sig' },
  ])
})

test.each<[string, (key: Record<string, string>) => unknown[]]>([
  ['no key', () => []],
  ['a public key alone', ({ d: _, ...rest }) => [rest]],
  ['a key of another curve', (key) => [{ ...key, crv: 'P-384' }]],
  ['two keys of one id', (key) => [key, key]],
  ['halves of two keys', (key) => [{ ...key, d: JSON.parse(newJwks()).keys[0].d }]],
])('ASVS 11.6.1: a key set with %s stops the start', async (_, keysFrom) => {
  const keys = keysFrom(JSON.parse(jwks).keys[0])
  await expect(createAccessTokens({ jwks: JSON.stringify({ keys }), issuer, now: clock.now })).rejects.toThrow()
})
