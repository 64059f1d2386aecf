import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'

const api = await testApi()
let asha: Person

beforeAll(async () => {
  asha = await api.signUp()
  await api.sql(`update advisors set tier = 'pro' where id = $1`, [asha.advisorId])
})

const asOwner = (method: string, path: string, body?: unknown) =>
  api.call(method, path, { token: asha.accessToken, ...(body === undefined ? {} : { body }) })

test('an owner makes a key, a program works with it, and it changes its secret and ends as the contract says', async () => {
  const made = await asOwner('POST', '/api/api-keys', { name: 'CRM', scopes: ['content:write', 'content:read'] })
  expect(made.status).toBe(201)
  const { id, key, prefix } = made.body as { id: string; key: string; prefix: string }
  expect(key).toMatch(/^prm_test_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/)
  expect(made.headers.get('cache-control')).toBe('no-store')
  const content = await api.call('POST', '/api/content', { token: key, body: { content: 'SIP is a habit.' } })
  expect(content.status).toBe(201)
  const { contentId } = content.body as { contentId: string }
  expect((await asOwner('GET', `/api/content/${contentId}`)).status).toBe(200)

  const rotated = await asOwner('POST', `/api/api-keys/${id}/rotate`, { graceHours: 0 })
  const { key: second } = rotated.body as { key: string }
  expect(rotated.body).toEqual({ id, key: second, prefix, previousValidUntil: null })
  expectProblem(await api.call('GET', '/api/content', { token: key }), 401, 'unauthenticated')
  expect((await api.call('GET', '/api/content', { token: second })).status).toBe(200)

  const listed = await asOwner('GET', '/api/api-keys')
  expect(listed.body).toMatchObject({ items: [{ id, name: 'CRM', prefix, createdBy: asha.userId }], nextCursor: null })
  expect(JSON.stringify(listed.body)).not.toContain(second.slice(-43))
  expect((await asOwner('DELETE', `/api/api-keys/${id}`)).body).toEqual({ done: true })
  expectProblem(await api.call('GET', '/api/content', { token: second }), 401, 'unauthenticated')
})

test('a denied call says which scope is missing, by REST and by tRPC', async () => {
  const token = await api.apiKey(asha, ['content:read'])
  const answer = await api.call('POST', '/api/content', { token, body: { content: 'SIP is a habit.' } })
  expectProblem(answer, 403, 'forbidden')
  expect((answer.body as { detail: string }).detail).toBe(
    'This API key lacks the scope content:write. The owner of the account can make a key that has it.',
  )
  const { body } = await api.call('POST', '/trpc/content.create', { token, body: { content: 'SIP is a habit.' } })
  expect((body as { error: { message: string } }).error.message).toContain('content:write')
})

test('a key is a bearer token and nothing else: not in the address, not as a cookie, not for Basic', async () => {
  const key = await api.apiKey(asha, ['content:read'])
  for (const [path, headers] of [
    [`/api/content?apiKey=${key}`, {}],
    ['/api/content', { cookie: `session=${key}` }],
    ['/api/content', { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` }],
    ['/api/content', { 'x-api-key': key }],
    ['/api/content', { authorization: `Bearer ${key} ` }],
  ] as [string, Record<string, string>][]) {
    const { status } = await api.call('GET', path, { headers })
    // A header's outer white space is no part of it (RFC 9110, 5.5).
    expect(status, path).toBe(headers.authorization?.endsWith(' ') ? 200 : 401)
  }
})

test('the answer that holds a key is not kept for its Idempotency-Key; that of what a key does is', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const body = { name: 'CRM', scopes: ['content:write'] }
  const make = () => api.call('POST', '/api/api-keys', { token: asha.accessToken, headers, body })
  const [first, second] = [await make(), await make()]
  const [one, other] = [first, second].map((answer) => (answer.body as { key: string }).key)
  expect(one).not.toBe(other)
  expect(await api.sql('select 1 from idempotency_keys where key = $1', [headers['idempotency-key']])).toEqual([])
  const write = () =>
    api.call('POST', '/api/content', { token: one ?? '', headers, body: { content: 'SIP is a habit.' } })
  const [written, again] = [await write(), await write()]
  expect(again.body).toEqual(written.body)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
})

test('the keys of a suspended firm are refused, its people still see why', async () => {
  const other = await api.signUp()
  const token = await api.apiKey(other, ['profile:read'])
  await api.sql(`update advisors set status = 'suspended' where id = $1`, [other.advisorId])
  expectProblem(await api.call('GET', '/api/advisor/profile', { token }), 403, 'forbidden')
  const { body } = await api.call('GET', '/api/advisor/profile', { token: other.accessToken })
  expect(body).toMatchObject({ profile: { status: 'suspended' } })
})
