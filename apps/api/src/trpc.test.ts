import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { type Person, testApi } from '../testing/index.ts'

const api = await testApi()
let asha: Person

beforeAll(async () => {
  asha = await api.signUp()
})

const call = (method: 'GET' | 'POST', path: string, options: Parameters<typeof api.call>[2] = {}) =>
  api.call(method, `/trpc/${path}`, { token: asha.accessToken, ...options })

const errorOf = ({ body }: { body: unknown }) =>
  (body as { error: { message: string; data: Record<string, unknown> } }).error

test('an error carries our code, the status, the request id and what to change, but no stack', async () => {
  const answer = await call('POST', 'content.create', {
    body: { content: '' },
    headers: { 'x-request-id': 'trace-7' },
  })
  expect(answer.status).toBe(400)
  const { data } = errorOf(answer)
  expect(data).toMatchObject({
    code: 'invalid_input',
    httpStatus: 400,
    requestId: 'trace-7',
    path: 'content.create',
  })
  expect(data.errors).toEqual([{ path: 'content', message: expect.any(String) }])
  expect(JSON.stringify(answer.body)).not.toContain('stack')
})

test.each([
  ['a broken body', 'POST', 'content.create', { raw: '{"a":' }, 400, 'malformed_json'],
  [
    'a body that is too large',
    'POST',
    'content.create',
    { body: { content: 'x'.repeat(400_000) } },
    413,
    'payload_too_large',
  ],
  ['an unknown procedure', 'POST', 'content.burn', { body: {} }, 404, 'not_found'],
  ['the wrong method', 'GET', 'content.create', {}, 405, 'method_not_allowed'],
  [
    'the wrong type',
    'POST',
    'content.create',
    { raw: 'x', headers: { 'content-type': 'text/plain' } },
    415,
    'unsupported_media_type',
  ],
] as const)('%s is told with our codes', async (_, method, path, options, status, code) => {
  const answer = await call(method, path, options)
  expect(answer.status).toBe(status)
  expect(errorOf(answer).data).toMatchObject({ code, requestId: answer.headers.get('x-request-id') })
})

test('types are not coerced: text is no number here', async () => {
  const input = encodeURIComponent(JSON.stringify({ limit: '5' }))
  expect((await api.call('GET', '/api/content?limit=5', { token: asha.accessToken })).status).toBe(200)
  expect(errorOf(await call('GET', `content.list?input=${input}`)).data.code).toBe('invalid_input')
})

test('an Idempotency-Key holds for a single call and is refused for a batch', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const body = { content: 'SIP is a habit, not a forecast.' }
  const first = await call('POST', 'content.create', { headers, body })
  const second = await call('POST', 'content.create', { headers, body })
  expect(second.body).toEqual(first.body)
  expect(second.headers.get('idempotency-replayed')).toBe('true')
  const batch = await call('POST', 'content.create,content.create?batch=1', {
    headers,
    body: { 0: body, 1: body },
  })
  expect(batch.status).toBe(400)
})

test('a long query may go as POST, so that nothing personal stands in an address', async () => {
  expect((await call('POST', 'content.list', { body: { limit: 5 } })).status).toBe(200)
})
