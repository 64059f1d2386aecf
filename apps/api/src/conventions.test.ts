import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'

const api = await testApi()
let asha: Person
let token: string

beforeAll(async () => {
  asha = await api.signUp()
  token = asha.accessToken
})

const TEXT = { content: 'SIP is a habit, not a forecast.', language: 'en' }

const write = (options: { body?: unknown; raw?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string> }) =>
  api.call('POST', '/api/content', { token, ...options })

test.each([
  ['broken JSON', '{"a":', 400, 'malformed_json'],
  ['a bare word', 'SIP', 400, 'malformed_json'],
  ['an array', '[]', 400, 'invalid_input'],
  ['a string', '"text"', 400, 'invalid_input'],
  ['null', 'null', 400, 'invalid_input'],
  ['20,000 open brackets', '['.repeat(20_000), 400, 'malformed_json'],
  ['20,000 levels', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 400, 'invalid_input'],
  ['20,000 levels in a field', `{"content":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400, 'invalid_input'],
  ['a number for text', '{"content":7}', 400, 'invalid_input'],
  ['a lone surrogate', '{"content":"\\ud800"}', 400, 'invalid_input'],
  ['U+0000', '{"content":"a\\u0000b"}', 400, 'invalid_input'],
  ['an unknown key', '{"content":"x","isAdmin":true}', 400, 'invalid_input'],
  ['__proto__', '{"content":"x","__proto__":{"isAdmin":true}}', 400, 'invalid_input'],
  ['nothing at all', '', 400, 'invalid_input'],
])('a body that is %s is a problem, never a 500', async (_, raw, status, code) => {
  expectProblem(await write({ raw }), status, code)
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined()
})

test('a refused input names the field and what is wrong with it', async () => {
  const { body } = await write({ body: { content: '', channel: 'fax' } })
  const { errors } = body as { errors: { path: string; message: string }[] }
  expect(errors.map(({ path }) => path).sort()).toEqual(['channel', 'content'])
})

test('a body that is not UTF-8 is malformed', async () => {
  const raw = new Uint8Array([...Buffer.from('{"content":"'), 0xc3, 0x28, ...Buffer.from('"}')])
  expectProblem(await write({ raw }), 400, 'malformed_json')
})

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=latin1',
  'multipart/form-data',
])('a body of type %s is 415', async (type) => {
  expectProblem(await write({ body: TEXT, headers: { 'content-type': type } }), 415, 'unsupported_media_type')
})

test('a compressed body is 415, so that nothing unfolds in memory', async () => {
  expectProblem(await write({ body: TEXT, headers: { 'content-encoding': 'gzip' } }), 415, 'unsupported_media_type')
})

test('400 kB with a Content-Length are 413, and the connection can be used again', async () => {
  for (let i = 0; i < 3; i++) {
    expectProblem(await write({ body: { content: 'x'.repeat(400_000) } }), 413, 'payload_too_large')
    expect((await api.call('GET', '/api/content', { token })).status).toBe(200)
  }
})

test('a stream without a Content-Length is refused while it is still coming', async () => {
  const { port } = new URL(api.url)
  const socket = connect(Number(port), '127.0.0.1')
  const answered = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('data', (data) => {
      text += data
      if (text.includes('payload_too_large')) resolve(text)
    })
    socket.on('error', reject)
  })
  const head = `POST /api/content HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`
  socket.write(head)
  const chunk = 'x'.repeat(64 * 1024)
  for (let i = 0; i < 5; i++) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
  expect(await answered).toMatch(/^HTTP\/1\.1 413 /)
  socket.destroy()
})

test('unknown addresses are 404, known ones with another method 405 with Allow', async () => {
  expectProblem(await api.call('GET', '/api/nothing', { token }), 404, 'not_found')
  expectProblem(await api.call('GET', '/'), 404, 'not_found')
  const wrong = await api.call('DELETE', '/api/content', { token })
  expectProblem(wrong, 405, 'method_not_allowed')
  expect(wrong.headers.get('allow')).toBe('GET, POST')
})

test.each(['not-an-id', '123', '019ab12c-3333-7333-8333-12345678901', "' or 1=1 --"])(
  'the id %j is 400',
  async (id) => {
    expectProblem(await api.call('GET', `/api/content/${encodeURIComponent(id)}`, { token }), 400, 'invalid_input')
  },
)

test("another firm's object is 404, whatever is done with it", async () => {
  const other = await api.signUp()
  const mine = await write({ body: TEXT })
  const { contentId } = mine.body as { contentId: string }
  const path = `/api/content/${contentId}`
  const calls: [string, string, unknown?][] = [
    ['GET', path],
    ['GET', `${path}/versions`],
    ['GET', `${path}/verdicts`],
    ['GET', `${path}/audit`],
    ['PATCH', path, { content: 'taken over' }],
    ['POST', `${path}/submit`, {}],
    ['POST', `${path}/withdraw`, {}],
    ['GET', `/api/approvals/${contentId}`],
  ]
  for (const [method, address, body] of calls) {
    const answer = await api.call(method, address, { token: other.accessToken, body })
    expectProblem(answer, 404, 'not_found')
  }
  expect((await api.call('GET', path, { token })).body).toMatchObject({
    content: TEXT.content,
    status: 'draft',
  })
})

test.each(['?limit=0', '?limit=101', '?limit=ten', '?limit=', '?limit=1&limit=2', '?unknown=1', '?__proto__=1'])(
  'the query %s is refused',
  async (query) => {
    expectProblem(await api.call('GET', `/api/content${query}`, { token }), 400, 'invalid_input')
  },
)

test('broken cursors, cursors of another list and of another firm are refused', async () => {
  for (let i = 0; i < 3; i++) await write({ body: TEXT })
  const page = await api.call('GET', '/api/content?limit=1', { token })
  const { nextCursor } = page.body as { nextCursor: string }
  expect(nextCursor).toBeTypeOf('string')
  const next = await api.call('GET', `/api/content?limit=1&cursor=${encodeURIComponent(nextCursor)}`, {
    token,
  })
  expect(next.status).toBe(200)
  const other = await api.signUp()
  const foreign = `cursor=${encodeURIComponent(nextCursor)}`
  expectProblem(await api.call('GET', `/api/content?${foreign}`, { token: other.accessToken }), 400, 'invalid_cursor')
  expectProblem(await api.call('GET', `/api/audit/events?${foreign}`, { token }), 400, 'invalid_cursor')
  expectProblem(await api.call('GET', '/api/content?cursor=rubbish', { token }), 400, 'invalid_cursor')
})

test('a name that stands in two places is refused, not silently resolved', async () => {
  const { contentId } = (await write({ body: TEXT })).body as { contentId: string }
  const twice = await api.call('PATCH', `/api/content/${contentId}`, {
    token,
    body: { id: contentId, content: 'x' },
  })
  expectProblem(twice, 400, 'invalid_input')
  expectProblem(await api.call('POST', '/api/content?submit=true', { token, body: TEXT }), 400, 'invalid_input')
})

test('the request id of a caller comes back where it is harmless', async () => {
  const kept = await api.call('GET', '/livez', { headers: { 'x-request-id': 'trace-1.a_B' } })
  expect(kept.headers.get('x-request-id')).toBe('trace-1.a_B')
  const replaced = await api.call('GET', '/livez', { headers: { 'x-request-id': 'no spaces here' } })
  expect(replaced.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
})

test('every answer carries the protective headers, and nothing personal may be stored', async () => {
  for (const path of ['/api/advisor/profile', '/api/nothing', '/livez', '/docs', '/trpc/advisor.profile']) {
    const { headers } = await api.call('GET', path, { token })
    expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'")
    expect(headers.get('referrer-policy'), path).toBe('no-referrer')
    expect(headers.get('cache-control'), path).toBe('no-store')
    expect(headers.get('access-control-allow-origin'), path).toBeNull()
  }
})

test('the same key and body give the first answer again; another body is refused', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const first = await write({ body: TEXT, headers })
  const second = await write({ body: TEXT, headers })
  expect([first.status, second.status]).toEqual([201, 201])
  expect(second.body).toEqual(first.body)
  expect(first.headers.get('idempotency-replayed')).toBeNull()
  expect(second.headers.get('idempotency-replayed')).toBe('true')
  expectProblem(await write({ body: { ...TEXT, language: 'hi' }, headers }), 422, 'idempotency_mismatch')
  const elsewhere = await api.call('POST', '/api/compliance/check', {
    token,
    headers,
    body: { text: 'x', licence: 'MFD' },
  })
  expect(elsewhere.status).toBe(200)
  expectProblem(await write({ body: TEXT, headers: { 'idempotency-key': 'has space' } }), 400, 'invalid_input')
})

test('a stranger who repeats a registration with its key gets the first answer', async () => {
  const key = randomUUID()
  const body = {
    email: `${randomUUID()}@example.test`,
    password: 'Correct-horse-battery-9173',
    fullName: 'Asha Verma',
    advisor: { displayName: 'Verma Advisory', licences: [{ type: 'MFD', number: 'ARN-123456' }] },
    acceptTerms: true,
  }
  const register = () => api.call('POST', '/api/auth/register', { body, headers: { 'idempotency-key': key } })
  const first = await register()
  const again = await register()
  expect([first.status, again.status, again.body]).toEqual([201, 201, first.body])
  expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
})

test('of ten equal writes at once one is done, and no caller sees a second text', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const answers = await Promise.all(Array.from({ length: 10 }, () => write({ body: TEXT, headers })))
  const done = answers.filter(({ status }) => status === 201)
  expect(new Set(done.map(({ body }) => (body as { contentId: string }).contentId)).size).toBe(1)
  for (const answer of answers) if (answer.status !== 201) expectProblem(answer, 409, 'idempotency_in_progress')
})

test('a read has an ETag, and 304 while nothing changed', async () => {
  const { contentId } = (await write({ body: TEXT })).body as { contentId: string }
  const path = `/api/content/${contentId}`
  const first = await api.call('GET', path, { token })
  const etag = first.headers.get('etag') ?? ''
  const { hash } = first.body as { hash: string }
  expect(etag.startsWith(`"${hash}.`)).toBe(true)
  const again = await api.call('GET', path, { token, headers: { 'if-none-match': etag } })
  expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag])
})

test('a change is refused when it is meant for an older version', async () => {
  const { contentId } = (await write({ body: TEXT })).body as { contentId: string }
  const path = `/api/content/${contentId}`
  const etag = (await api.call('GET', path, { token })).headers.get('etag') ?? ''
  const change = (content: string) =>
    api.call('PATCH', path, { token, body: { content }, headers: { 'if-match': etag } })
  expect((await change('A second version.')).status).toBe(200)
  expectProblem(await change('A third version on the first.'), 412, 'stale_version')
})

test('long answers are compressed for a client that asks, short ones never', async () => {
  const longText = { ...TEXT, content: 'A long and patient text. '.repeat(100) }
  const { contentId } = (await write({ body: longText })).body as { contentId: string }
  const fetched = async (path: string, encoding: string) => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nauthorization: Bearer ${token}\r\naccept-encoding: ${encoding}\r\n\r\n`,
    )
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const end = bytes.indexOf('\r\n\r\n')
    return { head: bytes.subarray(0, end).toString().toLowerCase(), body: bytes.subarray(end + 4) }
  }
  const small = await fetched(`/api/content/${contentId}`, 'gzip')
  expect(small.head).toContain('content-encoding: gzip')
  expect(JSON.parse(gunzipSync(small.body).toString())).toMatchObject({ content: longText.content })
  expect((await fetched(`/api/content/${contentId}`, 'identity')).head).not.toContain('content-encoding')
  expect((await fetched('/livez', 'gzip')).head).not.toContain('content-encoding')
})
