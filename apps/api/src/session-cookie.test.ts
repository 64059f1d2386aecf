import { expect, test } from 'vitest'
import { expectProblem, testApi } from '../testing/index.ts'

const api = await testApi({ publicUrl: 'http://127.0.0.1:8787', corsOrigins: ['https://app.example'] })

test('signing in sets a cookie that scripts cannot read, and the cookie alone signs requests', async () => {
  const asha = await api.signUp()
  const { body, headers } = await api.call('POST', '/api/auth/login', {
    body: { email: asha.email, password: asha.password },
  })
  const cookie = headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^session=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/)
  expect(JSON.stringify(body)).not.toContain(cookie.slice('session='.length).split(';')[0])
  const own = await api.call('GET', '/api/advisor/profile', {
    headers: { cookie: cookie.split(';')[0] ?? '' },
  })
  expect(own.status).toBe(200)
})

test.each([
  ['http://127.0.0.1:8787', 201],
  ['https://app.example', 201],
  ['https://evil.example', 403],
  ['null', 403],
  [undefined, 403],
])('a write that rests on the cookie, from origin %j, is %i', async (origin, status) => {
  const asha = await api.signUp()
  const headers = { cookie: asha.cookie, ...(origin === undefined ? {} : { origin }) }
  const answer = await api.call('POST', '/api/content', { headers, body: { content: 'SIP is a habit.' } })
  if (status === 403) expectProblem(answer, 403, 'origin_refused')
  else expect(answer.status).toBe(status)
  const trpc = await api.call('POST', '/trpc/content.create', {
    headers,
    body: { content: 'SIP is a habit.' },
  })
  expect(trpc.status).toBe(status === 201 ? 200 : 403)
})

test('signing out clears the cookie, and neither it nor the token opens anything any more', async () => {
  const asha = await api.signUp()
  const out = await api.call('POST', '/api/auth/logout', { token: asha.accessToken })
  expect(out.headers.get('set-cookie')).toMatch(/^session=; Max-Age=0; /)
  expect((await api.call('GET', '/api/advisor/profile', { token: asha.accessToken })).status).toBe(401)
  expect((await api.call('GET', '/api/advisor/profile', { headers: { cookie: asha.cookie } })).status).toBe(401)
})

test('an expired token or a dead cookie keeps nobody from signing in', async () => {
  const asha = await api.signUp()
  const headers = {
    authorization: 'Bearer expired-token-of-yesterday',
    cookie: 'session=long-dead-session-secret',
  }
  const body = { email: asha.email, password: asha.password }
  expect((await api.call('POST', '/api/auth/login', { headers, body })).status).toBe(200)
})

test('a configured origin may read answers, another may not', async () => {
  const read = (origin: string) => api.call('GET', '/api/billing/plans', { headers: { origin } })
  expect((await read('https://app.example')).headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect((await read('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
  const preflight = (origin: string) =>
    api.call('OPTIONS', '/api/content', { headers: { origin, 'access-control-request-method': 'POST' } })
  expect((await preflight('https://app.example')).status).toBe(204)
  expect((await preflight('https://evil.example')).status).toBe(405)
})
