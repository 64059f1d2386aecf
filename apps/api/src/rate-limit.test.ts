import { BlockList } from 'node:net'
import { PUBLIC_LIMIT } from '@pramaan/trpc/trpc'
import { expect, test } from 'vitest'
import { expectProblem, testApi } from '../testing/index.ts'

const trustedProxies = new BlockList()
trustedProxies.addAddress('127.0.0.1')
const api = await testApi({ trustedProxies })
const BASIC = 100

/** Moves the clock to the start of a fresh window. */
const freshWindow = () => api.clock.advance(120_000)

test('the 101st request of a Basic firm in a minute is refused, whoever of the firm asks', async () => {
  const asha = await api.signUp()
  freshWindow()
  const ask = () => api.call('GET', '/api/advisor/preferences', { token: asha.accessToken })
  const answers = []
  for (let i = 0; i < BASIC; i++) answers.push(await ask())
  expect(answers.map(({ status }) => status)).toEqual(Array(BASIC).fill(200))
  expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"basic";q=100;w=60')
  expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"basic";r=99;t=\d+$/)
  const refused = await ask()
  expectProblem(refused, 429, 'rate_limited')
  expect(refused.headers.get('ratelimit')).toMatch(/^"basic";r=0;t=\d+$/)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const other = await api.signUp()
  expect((await api.call('GET', '/api/advisor/preferences', { token: other.accessToken })).status).toBe(200)
  freshWindow()
  expect((await ask()).status).toBe(200)
})

test('the calls of a tRPC batch are counted one by one', async () => {
  const asha = await api.signUp()
  freshWindow()
  const names = Array(10).fill('advisor.preferences').join(',')
  const ask = () => api.call('GET', `/trpc/${names}?batch=1&input={}`, { token: asha.accessToken })
  for (let i = 0; i < 10; i++) expect((await ask()).status).toBe(200)
  const { body } = await ask()
  const codes = (body as { error?: { data: { code: string } } }[]).map(({ error }) => error?.data.code)
  expect(codes).toEqual(Array(10).fill('rate_limited'))
})

test('a batch of more than 10 calls is refused as a whole', async () => {
  const asha = await api.signUp()
  const names = Array(11).fill('advisor.preferences').join(',')
  const { status } = await api.call('GET', `/trpc/${names}?batch=1&input={}`, { token: asha.accessToken })
  expect(status).toBe(400)
})

test('API keys count for their firm, together with its people', async () => {
  const asha = await api.signUp()
  const keys = [await api.apiKey(asha, ['profile:read']), await api.apiKey(asha, ['profile:read'])]
  freshWindow()
  const tokens = [asha.accessToken, ...keys]
  const ask = (i: number) => api.call('GET', '/api/advisor/preferences', { token: tokens[i % 3] ?? '' })
  const answers = []
  for (let i = 0; i < BASIC; i++) answers.push(await ask(i))
  expect(answers.map(({ status }) => status)).toEqual(Array(BASIC).fill(200))
  for (let i = 0; i < 3; i++) expectProblem(await ask(i), 429, 'rate_limited')
})

test('security.md 48: a firm that changes its tier has the new limit at the next request, up and down', async () => {
  const asha = await api.signUp()
  freshWindow()
  const ask = () => api.call('GET', '/api/advisor/preferences', { token: asha.accessToken })
  const move = (tier: string) => api.sql('update advisors set tier = $2 where id = $1', [asha.advisorId, tier])
  for (let i = 0; i < BASIC; i++) await ask()
  expectProblem(await ask(), 429, 'rate_limited')
  await move('pro')
  const answer = await ask()
  expect([answer.status, answer.headers.get('ratelimit-policy')]).toEqual([200, '"pro";q=1000;w=60'])
  await move('basic')
  expectProblem(await ask(), 429, 'rate_limited')
})

test('security.md 78: five hundred sign-ins in one batch are refused as a whole; ten count as ten', async () => {
  const asha = await api.signUp()
  freshWindow()
  const guess = { email: asha.email, password: 'Not-the-password-4711' }
  const batch = (size: number) =>
    api.call('POST', `/trpc/${Array(size).fill('auth.login').join(',')}?batch=1`, {
      body: Object.fromEntries(Array.from({ length: size }, (_, i) => [i, guess])),
    })
  const tries = async () =>
    (await api.sql(`select 1 from audit_entries where action = 'sign_in.refused' and object_id = $1`, [asha.userId]))
      .length
  expect((await batch(500)).status).toBe(400)
  expect(await tries()).toBe(0)
  const codes = ({ body }: { body: unknown }) =>
    (body as { error: { data: { code: string } } }[]).map(({ error }) => error.data.code)
  expect(codes(await batch(10))).toEqual(Array(10).fill('invalid_credentials'))
  expect(codes(await batch(10))).toEqual(Array(10).fill('rate_limited'))
  expect(await tries()).toBe(10)
})

test('strangers are counted by address, and cannot use up the limit of a firm', async () => {
  const asha = await api.signUp()
  freshWindow()
  const body = { refreshToken: 'x'.repeat(40) }
  const answers = []
  for (let i = 0; i <= PUBLIC_LIMIT; i++) answers.push(await api.call('POST', '/api/auth/refresh', { body }))
  expect(answers.at(-2)?.status).toBe(401)
  expectProblem(answers.at(-1) as (typeof answers)[0], 429, 'rate_limited')
  expect((await api.call('GET', '/api/billing/plans')).status).toBe(200)
  expect((await api.call('GET', '/api/advisor/profile', { token: asha.accessToken })).status).toBe(200)
})

test('security.md 34: the addresses of one IPv6 /64 are one place to the gate, and its neighbour is another', async () => {
  freshWindow()
  const ask = (ip: string) =>
    api.call('POST', '/api/auth/refresh', {
      body: { refreshToken: 'x'.repeat(40) },
      headers: { 'x-forwarded-for': ip },
    })
  const statuses: number[] = []
  for (let i = 1; i <= PUBLIC_LIMIT + 1; i++) statuses.push((await ask(`2001:db8:0:7::${i.toString(16)}`)).status)
  expect(statuses.slice(0, -1)).toEqual(Array(PUBLIC_LIMIT).fill(401))
  expect(statuses.at(-1)).toBe(429)
  expect((await ask('2001:db8:0:8::1')).status).toBe(401)
  const page = () => api.call('GET', '/invitation?token=x', { headers: { 'x-forwarded-for': '2001:db8:0:7::ffff' } })
  for (let i = 0; i < PUBLIC_LIMIT; i++) await page()
  const other = await api.call('GET', '/invitation?token=x', { headers: { 'x-forwarded-for': '2001:db8:0:7::1' } })
  expect(other.status).toBe(429)
})
