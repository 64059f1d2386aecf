import { createHash, createHmac, randomUUID } from 'node:crypto'
import { applyWhatsappEvent } from '@pramaan/core/delivery'
import { expect, test } from 'vitest'
import { expectProblem, testApi } from '../testing/index.ts'

const api = await testApi()
const PATH = '/webhooks/whatsapp'
const MEGABYTE = 1024 * 1024

type Bytes = string | Uint8Array<ArrayBuffer>
const signatureOf = (body: Bytes, secret = 'test-whatsapp') =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/** A call of Meta, signed unless its headers say otherwise. */
const send = (body: Bytes, headers: Record<string, string> = {}) =>
  api.call('POST', PATH, { raw: body, headers: { 'x-hub-signature-256': signatureOf(body), ...headers } })

/** WhatsApp gives no id, so bytes are known by their hash. */
const eventOf = (body: Bytes) =>
  api.sql<{ id: string; state: string }>('select id, state from webhook_events where external_id = $1', [
    createHash('sha256').update(body).digest('hex'),
  ])

const bodyOf = (id: string = randomUUID()) => JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id }] })

test('the handshake gives the challenge back to whoever knows the verify token, and to nobody else', async () => {
  const ask = (query: Record<string, string>) => api.call('GET', `${PATH}?${new URLSearchParams(query)}`)
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': 'test-verify', 'hub.challenge': '1158201444' }
  const answer = await ask(right)
  expect([answer.status, String(answer.body)]).toEqual([200, '1158201444'])
  expect(answer.headers.get('content-type')).toContain('text/plain')
  for (const wrong of [
    { 'hub.verify_token': 'another' },
    { 'hub.verify_token': '' },
    { 'hub.mode': 'unsubscribe' },
    { 'hub.challenge': '<script>' },
    { 'hub.challenge': '' },
  ]) {
    expectProblem(await ask({ ...right, ...wrong }), 403, 'forbidden')
  }
})

test('a webhook with a wrong signature, or none, is 403 and leaves nothing behind', async () => {
  const body = bodyOf()
  const other = signatureOf(body, 'another-secret')
  for (const signature of ['', other, signatureOf(`${body} `), signatureOf(body).slice('sha256='.length)]) {
    expectProblem(await send(body, { 'x-hub-signature-256': signature }), 403, 'forbidden')
  }
  expectProblem(await api.call('POST', PATH, { raw: body }), 403, 'forbidden')
  expect(await eventOf(body)).toEqual([])
})

test.each<[string, Bytes, Record<string, string>?]>([
  ['an event under another content type', bodyOf(), { 'content-type': 'text/plain' }],
  ['no JSON', `not json ${randomUUID()}`],
  ['bytes that are no text', Buffer.concat([Buffer.of(0xff, 0xfe, 0xc3), Buffer.from(randomUUID())])],
  ['no bytes', ''],
  ['JSON of another form', '["event"]'],
  ['a zero byte', bodyOf('a\u0000b')],
  ['half of a character', bodyOf('a\ud800b')],
])('%s, rightly signed, is taken with 200, once, and its job ends', async (_, body, headers) => {
  for (let sent = 0; sent < 2; sent++) expect((await send(body, headers)).status).toBe(200)
  const [event, ...more] = await eventOf(body)
  expect(more).toEqual([])
  const actor = { kind: 'system', name: 'test' } as const
  const ctx = api.deps.context({ actor, advisorId: null, requestId: 'test', ip: null })
  await applyWhatsappEvent(ctx, { eventId: event?.id })
  expect((await eventOf(body))[0]?.state).toMatch(/^(applied|parked)$/)
})

test('what is larger than 3 MB is 413, and what is compressed 415', async () => {
  const large = 'x'.repeat(3 * MEGABYTE + 1)
  expectProblem(await send(large), 413, 'payload_too_large')
  expectProblem(await send(bodyOf(), { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
  expect((await send(large.slice(1))).status).toBe(200)
})

test('while PostgreSQL is away a webhook is 503, so that Meta comes again, and then it is taken once', async () => {
  const body = bodyOf()
  await api.withoutDatabase(async () => expectProblem(await send(body), 503, 'unavailable'))
  expect(await eventOf(body)).toEqual([])
  for (let sent = 0; sent < 2; sent++) await expect.poll(async () => (await send(body)).status).toBe(200)
  expect(await eventOf(body)).toHaveLength(1)
})
