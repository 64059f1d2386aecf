import { createHmac } from 'node:crypto'
import { sendMail } from '@pramaan/core/identity'
import { expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'

const api = await testApi()
const NEW_PASSWORD = 'another quite unrelated sentence'
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The code of an authenticator, worked out without the product (RFC 6238). */
function codeOf(secret: string, steps = 0): string {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(api.clock.now().getTime() / 30_000) + steps))
  const hash = createHmac('sha1', key).update(counter).digest()
  const offset = (hash.at(-1) ?? 0) & 15
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const post = (path: string, token: string | undefined, body: unknown = {}) =>
  api.call('POST', path, { body, ...(token === undefined ? {} : { token }) })
const profile = async (token: string) => (await api.call('GET', '/api/advisor/profile', { token })).status

async function withTotp(person: Person) {
  const enrolled = await post('/api/auth/totp/enroll', person.accessToken)
  const { secret, uri } = enrolled.body as { secret: string; uri: string }
  expect(uri).toMatch(/^otpauth:\/\/totp\//)
  const confirmed = await post('/api/auth/totp/confirm', person.accessToken, { code: codeOf(secret) })
  expect(confirmed.status, JSON.stringify(confirmed.body)).toBe(200)
  return { secret, confirmed, ...(confirmed.body as { accessToken: string; recoveryCodes: string[] }) }
}

test('TOTP over HTTP: enrol, confirm, sign in with a code and with a recovery code, turn it off', async () => {
  const asha = await api.signUp()
  const { secret, confirmed, recoveryCodes, accessToken } = await withTotp(asha)
  expect(confirmed.headers.get('set-cookie')).toMatch(/^session=[\w-]{43};/)
  expect(JSON.stringify(confirmed.body)).not.toContain('sessionSecret')
  expect([await profile(asha.accessToken), await profile(accessToken)]).toEqual([200, 200])
  const stale = await api.call('GET', '/api/advisor/profile', { headers: { cookie: asha.cookie } })
  expectProblem(stale, 401, 'session_ended')

  const login = { email: asha.email, password: asha.password }
  expectProblem(await post('/api/auth/login', undefined, login), 401, 'totp_required')
  api.clock.advance(30_000)
  const totp = codeOf(secret)
  expect((await post('/api/auth/login', undefined, { ...login, totp })).status).toBe(200)
  expectProblem(await post('/api/auth/login', undefined, { ...login, totp }), 401, 'invalid_credentials')
  const recovered = await post('/api/auth/login', undefined, { ...login, totp: recoveryCodes[0] })
  expect(recovered.status).toBe(200)

  api.clock.advance(30_000)
  const { accessToken: fresh } = recovered.body as { accessToken: string }
  const off = { password: asha.password, code: codeOf(secret) }
  expect((await post('/api/auth/totp/disable', fresh, off)).status).toBe(200)
  expect((await post('/api/auth/login', undefined, login)).status).toBe(200)
})

test('ASVS 6.3.4: staff without TOTP are kept at the door of everything but its set-up, by REST and by tRPC', async () => {
  const admin = await api.staff('admin')
  await api.sql('update users set totp_waived = false where id = $1', [admin.userId])
  const token = admin.accessToken
  expectProblem(await api.call('GET', '/api/admin/advisors', { token }), 403, 'totp_enrollment_required')
  expectProblem(await api.call('GET', '/api/auth/sessions', { token }), 403, 'totp_enrollment_required')
  const trpc = await api.call('GET', '/trpc/admin.advisors?input={}', { token })
  expect(trpc.body).toMatchObject({ error: { data: { code: 'totp_enrollment_required', httpStatus: 403 } } })
  const cookie = await api.call('GET', '/api/admin/advisors', { headers: { cookie: admin.cookie } })
  expectProblem(cookie, 403, 'totp_enrollment_required')
  const refreshed = await post('/api/auth/refresh', undefined, { refreshToken: admin.refreshToken })
  const { accessToken } = refreshed.body as { accessToken: string }
  expectProblem(await api.call('GET', '/api/admin/advisors', { token: accessToken }), 403, 'totp_enrollment_required')
  const { accessToken: enrolled } = await withTotp(admin)
  expect((await api.call('GET', '/api/admin/advisors', { token: enrolled })).status).toBe(200)
  expect((await api.call('GET', '/api/admin/advisors', { token })).status).toBe(200)
})

test('ASVS 7.2.4: a changed password over HTTP: old tokens and cookies are dead, the answer goes on', async () => {
  const asha = await api.signUp()
  const body = { currentPassword: asha.password, newPassword: NEW_PASSWORD }
  const answer = await post('/api/auth/password/change', asha.accessToken, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const { accessToken, refreshToken } = answer.body as { accessToken: string; refreshToken: string }
  expect([await profile(asha.accessToken), await profile(accessToken)]).toEqual([401, 200])
  expect((await post('/api/auth/refresh', undefined, { refreshToken: asha.refreshToken })).status).toBe(401)
  expect((await post('/api/auth/refresh', undefined, { refreshToken })).status).toBe(200)
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  expect((await api.call('GET', '/api/advisor/profile', { headers: { cookie } })).status).toBe(200)
})

test('ASVS 7.5.1: a step-up over HTTP opens what ten minutes have closed', async () => {
  const asha = await api.signUp()
  api.clock.advance(10 * 60_000)
  const { refreshToken } = asha
  const late = (await post('/api/auth/refresh', undefined, { refreshToken })).body as { accessToken: string }
  expectProblem(await post('/api/auth/totp/enroll', late.accessToken), 403, 'step_up_required')
  expectProblem(await post('/api/auth/step-up', late.accessToken, {}), 400, 'invalid_input')
  const both = { password: asha.password, totp: '123456' }
  expectProblem(await post('/api/auth/step-up', late.accessToken, both), 400, 'invalid_input')
  const stepped = await post('/api/auth/step-up', late.accessToken, { password: asha.password })
  const { accessToken } = stepped.body as { accessToken: string }
  expect((await post('/api/auth/totp/enroll', accessToken)).status).toBe(200)
})

test('the reset link leads to a page that asks, and its button sets the password', async () => {
  const asha = await api.signUp()
  const sent: string[] = []
  expect((await post('/api/auth/password/forgot', undefined, { email: asha.email })).body).toEqual({ mail: 'sent' })
  expect((await post('/api/auth/password/forgot', undefined, { email: 'x@example.test' })).body).toEqual({
    mail: 'sent',
  })
  const ctx = api.deps.context({
    actor: { kind: 'system', name: 'test' },
    advisorId: null,
    requestId: 'test',
    ip: null,
  })
  const mail = { send: async ({ text }: { text: string }) => void sent.push(text), close: () => undefined }
  const jobs = await api.sql<{ payload: { data: unknown } }>(
    `select payload from outbox where queue = 'identity.send-mail'`,
  )
  for (const { payload } of jobs) await sendMail({ ...ctx, clients: { ...ctx.clients, mail } }, payload.data)
  const link = /http:\/\/127\.0\.0\.1:8787(\/reset-password\?token=[\w-]+)/.exec(sent.join('\n'))?.[1] ?? ''
  const page = await api.call('GET', link)
  expect([page.status, String(page.body)]).toEqual([200, expect.stringContaining('name="newPassword"')])
  const form = (newPassword: string) => {
    const token = link.split('token=')[1] ?? ''
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return api.call('POST', '/reset-password', { headers, raw: String(new URLSearchParams({ token, newPassword })) })
  }
  expect((await form('short')).status).toBe(400)
  expect((await form('password1234567!')).status).toBe(400)
  expect((await form(NEW_PASSWORD)).status).toBe(200)
  expect((await form(NEW_PASSWORD)).status).toBe(400)
  expect(await profile(asha.accessToken)).toBe(401)
  expect((await post('/api/auth/login', undefined, { email: asha.email, password: NEW_PASSWORD })).status).toBe(200)
})

test.each(['/verify-email', '/reset-password', '/confirm-email'])(
  'GET %s uses no token up and shows what it was given as text only',
  async (path) => {
    const page = await api.call('GET', `${path}?token=${encodeURIComponent('"><script>alert(1)</script>')}`)
    expect(page.status).toBe(200)
    expect(String(page.body)).not.toContain('<script>')
  },
)

test('ASVS 6.2.11: a password that is refused says what to do, and stands nowhere in the answer', async () => {
  const email = `${crypto.randomUUID()}@example.test`
  const advisor = { displayName: 'Verma Advisory', licences: [{ type: 'MFD', number: 'ARN-123456' }] }
  const person = { email, fullName: 'Asha Verma', advisor, acceptTerms: true }
  const answer = await post('/api/auth/register', undefined, { ...person, password: 'Verma-Advisory-2026' })
  expectProblem(answer, 400, 'password_refused')
  expect(JSON.stringify(answer.body)).not.toContain('Verma-Advisory-2026')
})

test('ASVS 6.6.3: too many tries are refused with the time to wait', async () => {
  const asha = await api.signUp()
  const wrong = () => post('/api/auth/step-up', asha.accessToken, { password: 'not this one' })
  for (let at = 0; at < 5; at++) expectProblem(await wrong(), 401, 'invalid_credentials')
  const refused = await wrong()
  expectProblem(refused, 429, 'rate_limited')
  expect(refused.headers.get('retry-after')).toBe('60')
})
