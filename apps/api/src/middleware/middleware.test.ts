import type { IncomingMessage } from 'node:http'
import { BlockList } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { HttpSettings } from '../settings.ts'
import { clientIp } from './client-ip.ts'
import { gzipped } from './compress.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'
import { etagOf, isFresh, versionsIn } from './etag.ts'
import { idempotencyOf } from './idempotency.ts'
import { requireOwnOrigin } from './origin.ts'
import { rateHeaders } from './rate-headers.ts'
import { requestIdOf } from './request-id.ts'
import { baseHeaders } from './secure-headers.ts'
import { sessionCookie, sessionSecretOf } from './session-cookie.ts'

const incoming = (headers: Record<string, string>, extra: object = {}) =>
  ({
    headers,
    socket: { remoteAddress: '::ffff:10.0.0.9' },
    method: 'POST',
    url: '/x',
    ...extra,
  }) as unknown as IncomingMessage

const settings = (changes: Partial<HttpSettings> = {}) =>
  ({
    publicUrl: 'https://pramaan.example',
    corsOrigins: ['https://app.example'],
    embedded: false,
    ...changes,
  }) as HttpSettings

test.each([
  ['abc-123_x.y', true],
  ['has space', false],
  ['line\nbreak', false],
  ['x'.repeat(65), false],
  ['', false],
])('the request id %j is kept: %s', (id, kept) => {
  expect(requestIdOf(incoming({ 'x-request-id': id })) === id).toBe(kept)
})

test('X-Forwarded-For is believed from a trusted proxy only, and only up to the first untrusted hop', () => {
  const trusted = new BlockList()
  const forged = incoming({ 'x-forwarded-for': '1.1.1.1, 203.0.113.7, 10.0.0.2' })
  expect(clientIp(forged, trusted)).toBe('10.0.0.9')
  trusted.addSubnet('10.0.0.0', 8, 'ipv4')
  expect(clientIp(forged, trusted)).toBe('203.0.113.7')
  expect(clientIp(incoming({ 'x-forwarded-for': 'rubbish' }), trusted)).toBe('10.0.0.9')
  expect(clientIp(incoming({}), trusted)).toBe('10.0.0.9')
})

test('an ETag changes with the answer, but its version only with the text', () => {
  const draft = etagOf('{"status":"draft"}', 'f00d')
  const checking = etagOf('{"status":"checking"}', 'f00d')
  expect(draft).not.toBe(checking)
  expect(versionsIn(draft)).toEqual(versionsIn(checking))
  expect(versionsIn('"f00d"')).toEqual(['f00d'])
  expect(versionsIn('*')).toBeNull()
})

test.each([
  [undefined, false],
  ['"other"', false],
  ['"tag"', true],
  ['W/"tag"', true],
  ['"other", "tag"', true],
  ['*', true],
])('If-None-Match %j is fresh: %s', (header, fresh) => {
  expect(isFresh(header, '"tag"')).toBe(fresh)
})

test.each([
  [undefined, false],
  ['identity', false],
  ['br', false],
  ['gzip;q=0', false],
  ['gzip', true],
  ['deflate, gzip;q=0.8, br', true],
])('Accept-Encoding %j gets gzip: %s', async (accepted, wanted) => {
  const text = 'long '.repeat(1000)
  const bytes = await gzipped(text, accepted)
  expect(bytes !== null).toBe(wanted)
  if (bytes) expect(gunzipSync(bytes).toString()).toBe(text)
  expect(gzipped('short', accepted)).toBeNull()
})

test('CORS is closed unless the exact origin is configured, and never a wildcard', () => {
  const from = (origin: string) => incoming({ origin })
  expect(corsHeaders(from('https://app.example'), [])).toEqual({})
  expect(corsHeaders(from('https://evil.example'), ['https://app.example'])).toEqual({ vary: 'Origin' })
  expect(corsHeaders(from('null'), ['https://app.example'])).toEqual({ vary: 'Origin' })
  expect(corsHeaders(from('https://app.example'), ['https://app.example'])).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
  })
  expect(preflightHeaders(from('https://evil.example'), ['https://app.example'])).toBeNull()
})

test.each([
  ['https://pramaan.example', true],
  ['https://app.example', true],
  ['https://evil.example', false],
  ['http://pramaan.example', false],
  ['null', false],
  [undefined, false],
])('a write with the session cookie from origin %j goes through: %s', (origin, allowed) => {
  const act = () => requireOwnOrigin(incoming(origin === undefined ? {} : { origin }), settings())
  if (allowed) expect(act).not.toThrow()
  else expect(act).toThrow('origin_refused')
})

test('in embedded mode the very host that was called is ours too', () => {
  const call = incoming({ origin: 'http://localhost:8787', host: 'localhost:8787' })
  expect(() => requireOwnOrigin(call, settings())).toThrow('origin_refused')
  expect(() => requireOwnOrigin(call, settings({ embedded: true }))).not.toThrow()
})

test('the session cookie is bound to host and TLS where there is TLS', () => {
  expect(sessionCookie(settings(), { secret: 's3cret' })).toMatch(
    /^__Host-session=s3cret; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  )
  const plain = settings({ publicUrl: 'http://127.0.0.1:8787' })
  expect(sessionCookie(plain, 'ended')).toBe('session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict')
  expect(sessionSecretOf('a=1; session=s3cret; b=2', plain)).toBe('s3cret')
  expect(sessionSecretOf('a=1; session=s3cret; b=2', settings())).toBeNull()
  expect(sessionSecretOf('session=one; session=two', plain)).toBeNull()
})

test('rate headers have the form of the draft, and a refusal says how long to wait', () => {
  const counted = { policy: 'basic', limit: 100, remaining: 0, resetSeconds: 7, allowed: false }
  expect(rateHeaders(counted)).toEqual({
    'ratelimit-policy': '"basic";q=100;w=60',
    ratelimit: '"basic";r=0;t=7',
    'retry-after': '7',
  })
})

test('an idempotency key is bound to method, address and body', () => {
  const hashOf = (url: string, body: string) =>
    idempotencyOf(incoming({ 'idempotency-key': 'k' }, { url }), 'POST /x', Buffer.from(body))?.requestHash
  expect(hashOf('/x/1', '{}')).toBe(hashOf('/x/1', '{}'))
  expect(hashOf('/x/1', '{}')).not.toBe(hashOf('/x/2', '{}'))
  expect(hashOf('/x/1', '{}')).not.toBe(hashOf('/x/1', '{ }'))
  for (const key of ['', 'a b', 'ü', 'x'.repeat(256)]) {
    expect(() => idempotencyOf(incoming({ 'idempotency-key': key }), 'POST /x', Buffer.alloc(0))).toThrow(
      'invalid_input',
    )
  }
})

test('security.md 20: behind TLS every answer asks for TLS for a year, subdomains too; without TLS none does', () => {
  const header = 'strict-transport-security'
  const seconds = /^max-age=(\d+); includeSubDomains$/.exec(baseHeaders('https://api.example.com')[header] ?? '')?.[1]
  expect(Number(seconds)).toBeGreaterThanOrEqual(365 * 24 * 3600)
  expect(baseHeaders('http://127.0.0.1:8787')).not.toHaveProperty(header)
})
