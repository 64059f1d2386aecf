import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { appRouter } from '@pramaan/trpc'
import { restRoutes } from '@pramaan/trpc/rest'
import { expect, test } from 'vitest'
import { expectProblem, testApi } from '../testing/index.ts'

const api = await testApi()
const OUTSIDE_URL = /(?:https?:)?\/\/(?!127\.0\.0\.1)[a-z0-9-]+\.[a-z]/i

test('/livez answers at once, /readyz names what it checked', async () => {
  expect((await api.call('GET', '/livez')).body).toEqual({ status: 'ok' })
  const ready = await api.call('GET', '/readyz')
  expect([ready.status, ready.body]).toEqual([
    200,
    {
      status: 'ok',
      checks: { database: 'ok', redis: 'ok', queue: 'ok', migrations: 'ok' },
      audit: { size: 0, mergeDelayMs: expect.any(Number), late: false, exports: [] },
    },
  ])
})

test('/readyz says no when the database is older than this code', async () => {
  await api.sql('update drizzle.__drizzle_migrations set id = id')
  const behind = await testApi({ migrationsDir: join(import.meta.dirname, 'no-such-folder') })
  const { status, body, headers } = await behind.call('GET', '/readyz')
  expect([status, body]).toMatchObject([503, { status: 'failed', checks: { database: 'ok', migrations: 'failed' } }])
  expect(headers.get('retry-after')).toBe('2')
})

test('/openapi.json holds every REST route and nothing else', async () => {
  const { status, body } = await api.call('GET', '/openapi.json')
  const document = body as { openapi: string; paths: Record<string, Record<string, { operationId: string }>> }
  expect([status, document.openapi]).toEqual([200, '3.1.0'])
  const described = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  )
  const routes = restRoutes(appRouter)
  expect(described.sort()).toEqual(routes.map(({ name }) => name).sort())
  for (const { rest } of routes) expect(Object.keys(document.paths)).toContain(`/api${rest.path}`)
})

test('every reference inside the document leads somewhere', async () => {
  const { body } = await api.call('GET', '/openapi.json')
  const references = JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)
  for (const [, path = ''] of references) {
    const found = path
      .split('/')
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], body)
    expect(found, path).toBeDefined()
  }
})

test('/docs loads nothing from outside', async () => {
  const page = await api.call('GET', '/docs')
  expect(page.status).toBe(200)
  expect(page.body).not.toMatch(OUTSIDE_URL)
  const sources = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => String(source))
  expect(sources.length).toBeGreaterThan(2)
  for (const source of sources) {
    const file = await api.call('GET', source)
    expect(file.status, source).toBe(200)
    expect(file.headers.get('content-type')).toMatch(/^text\/(css|javascript)/)
  }
  expect((await api.call('GET', '/docs/start.js')).body).toContain('validatorUrl: null')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toMatch(OUTSIDE_URL)
  expectProblem(await api.call('GET', '/docs/package.json'), 404, 'not_found')
  expectProblem(await api.call('GET', '/docs/..%2fpackage.json'), 404, 'not_found')
})

test('/metrics needs its token and labels by route pattern, never by address', async () => {
  expectProblem(await api.call('GET', '/metrics'), 401, 'unauthenticated')
  expectProblem(await api.call('GET', '/metrics', { token: 'metrics-token-of-the-tesx' }), 401, 'unauthenticated')
  await api.call('GET', '/api/content/secret-looking-id', { token: 'a-token-that-nobody-signed' })
  const { status, body } = await api.call('GET', '/metrics', { token: 'metrics-token-of-the-test' })
  expect(status).toBe(200)
  expect(body).toContain('route="/api/content/:id",status="401"')
  expect(body).not.toContain('secret-looking-id')
  for (const line of [
    'pramaan_billing_parked_events 0',
    'pramaan_billing_webhook_silence_seconds Nan',
    'pramaan_billing_unknown_calls{of="refunds"} 0',
    'pramaan_billing_late_subscriptions{state="halted"} 0',
    'pramaan_billing_mismatches Nan',
    'pramaan_replica_lag_seconds Nan',
  ]) {
    expect(body).toContain(`${line}\n`)
  }
})

test('the well-known documents are there, and no private key is in them', async () => {
  const { body } = await api.call('GET', '/.well-known/jwks.json')
  const [key] = (body as { keys: Record<string, string>[] }).keys
  expect(key).toMatchObject({ kty: 'EC', crv: 'P-256' })
  expect(key).not.toHaveProperty('d')
  expect((await api.call('GET', '/.well-known/pramaan-audit-key')).body).toContain('BEGIN PUBLIC KEY')
  expect((await api.call('GET', '/.well-known/pramaan-audit-keys')).body).toMatch(
    /^pramaan\.test\/audit\+[0-9a-f]{8}\+\S{44}\n$/,
  )
  expect((await api.call('GET', '/.well-known/security.txt')).body).toMatch(/^Contact: .+\nExpires: /)
})

test('caught mail is listed and shown, harmlessly', async () => {
  mkdirSync(join(api.dataDir, 'mail'), { recursive: true })
  const source = `To: a@example.test\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<script>alert(1)</script> http://127.0.0.1:8787/verify-email?token=3Dabc=\r\ndef =E0=A4=A8\r\n`
  writeFileSync(join(api.dataDir, 'mail', '2026-11-24-a@example.test.eml'), source)
  writeFileSync(join(api.dataDir, 'secrets.json'), '{"secret":1}')
  expect((await api.call('GET', '/dev/mail')).body).toContain('2026-11-24-a%40example.test.eml')
  const shown = await api.call('GET', '/dev/mail/2026-11-24-a%40example.test.eml')
  expect(shown.body).toContain('&lt;script&gt;')
  expect(shown.body).not.toContain('<script>')
  expect(shown.body).toContain('<a href="http://127.0.0.1:8787/verify-email?token=abcdef">')
  expect(shown.body).toContain('न')
  for (const path of ['..%2fsecrets.json', '%2e%2e%2fsecrets.json', 'nobody.eml']) {
    expectProblem(await api.call('GET', `/dev/mail/${path}`), 404, 'not_found')
  }
  expect((await api.call('GET', '/dev/clock')).body).toEqual({ now: api.clock.now().toISOString() })
})

test('the pages for development exist in embedded mode only', async () => {
  const serious = await testApi({ embedded: false })
  for (const path of ['/dev/mail', '/dev/clock']) expectProblem(await serious.call('GET', path), 404, 'not_found')
})

test('the link of the mail asks before it confirms, and a wrong token is told kindly', async () => {
  const page = await api.call('GET', `/verify-email?token=${encodeURIComponent('"><script>x')}`)
  expect(page.status).toBe(200)
  expect(page.body).toContain('<form method="post" action="/verify-email">')
  expect(page.body).not.toContain('<script')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const refused = await api.call('POST', '/verify-email', { headers, raw: `token=${'x'.repeat(43)}` })
  expect(refused.status).toBe(400)
  expect(refused.headers.get('content-type')).toContain('text/html')
})

test('a draining process says so and still answers', async () => {
  const leaving = await testApi()
  const draining = leaving.listening.drain(1_000)
  await draining
  await expect(leaving.call('GET', '/livez')).rejects.toThrow()
})
