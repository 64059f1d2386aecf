import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { UpstreamError } from '../../platform/errors.ts'
import { createWhatsappClient, errorClassOf } from './index.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

let handler: Handler = () => undefined
const seen: { method: string; url: string; authorization: string | undefined; body: unknown }[] = []
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  seen.push({
    method: request.method ?? '',
    url: request.url ?? '',
    authorization: request.headers.authorization,
    body: body === '' ? null : JSON.parse(body),
  })
  handler(request, response, body)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const options = { baseUrl: `http://127.0.0.1:${port}`, version: 'v25.0', appId: 'APP', appSecret: 'SECRET' }
const client = createWhatsappClient({ ...options, timeoutMs: 10_000 })
const hasty = createWhatsappClient({ ...options, timeoutMs: 300 })
const answerWith =
  (status: number, body: unknown): Handler =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const message = {
  phone: '+919876501234',
  template: { name: 'pramaan_message', language: 'en', parameters: ['Asha', 'Hello', 'ARN-1'] },
  callbackData: 'our-id',
}
const send = (by = client) => by.sendTemplate('TOKEN', '331907246602815', message)

async function failureOf(call: () => Promise<unknown>): Promise<UpstreamError> {
  const error = await call().then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(UpstreamError)
  return error as UpstreamError
}

test('a template goes out with our id and comes back with the id of WhatsApp', async () => {
  handler = answerWith(200, { messaging_product: 'whatsapp', contacts: [], messages: [{ id: 'wamid.A' }] })
  expect(await send()).toEqual({ messageId: 'wamid.A' })
  expect(seen.at(-1)).toEqual({
    method: 'POST',
    url: '/v25.0/331907246602815/messages',
    authorization: 'Bearer TOKEN',
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+919876501234',
      type: 'template',
      template: {
        name: 'pramaan_message',
        language: { code: 'en' },
        components: [
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'Asha' },
              { type: 'text', text: 'Hello' },
              { type: 'text', text: 'ARN-1' },
            ],
          },
        ],
      },
      biz_opaque_callback_data: 'our-id',
    },
  })
})

test('the steps of connecting ask what the documentation says', async () => {
  handler = answerWith(200, { access_token: 'EAA', token_type: 'bearer' })
  expect(await client.exchangeCode('a code')).toEqual({ accessToken: 'EAA' })
  expect(seen.at(-1)?.url).toBe('/v25.0/oauth/access_token?client_id=APP&client_secret=SECRET&code=a+code')
  handler = answerWith(200, { success: true })
  await client.subscribeApp('EAA', '204518830017746')
  await client.registerNumber('EAA', '331907246602815', '581063')
  expect(seen.at(-1)?.body).toEqual({ messaging_product: 'whatsapp', pin: '581063' })
  const health = { quality_rating: 'GREEN', throughput: { level: 'STANDARD' } }
  const limit = { whatsapp_business_manager_messaging_limit: 'TIER_2K' }
  const bare = { id: '1', display_phone_number: '+91 98100 55501', status: 'CONNECTED' }
  handler = answerWith(200, { ...bare, ...health, ...limit })
  const unsaid = { verified: null, canSend: null, healthCode: null }
  const known = { displayPhoneNumber: '+91 98100 55501', status: 'CONNECTED', nameStatus: null, ...unsaid }
  const number = await client.phoneNumber('EAA', '331907246602815')
  expect(number).toEqual({ ...known, quality: 'GREEN', throughput: 80, dailyPeople: 2_000 })
  handler = answerWith(200, { ...bare, throughput: { level: 'NOT_APPLICABLE' } })
  const silent = await client.phoneNumber('EAA', '331907246602815')
  expect(silent).toEqual({ ...known, quality: null, throughput: null, dailyPeople: null })
})

test('the health of a number says whether it can send and the first thing that stands against it', async () => {
  const errors = [{ error_code: 141006, error_description: 'There is a payment error.' }]
  const entities = [{ can_send_message: 'AVAILABLE' }, { can_send_message: 'BLOCKED', errors }]
  const bare = { id: '1', display_phone_number: '+91 98100 55501', status: 'CONNECTED' }
  const health = { health_status: { can_send_message: 'BLOCKED', entities }, code_verification_status: 'NOT_VERIFIED' }
  handler = answerWith(200, { ...bare, ...health })
  const wanted = { canSend: 'BLOCKED', healthCode: 141006, verified: false }
  expect(await client.phoneNumber('EAA', '331907246602815')).toMatchObject(wanted)
  handler = answerWith(200, { ...bare, health_status: 'unheard of', code_verification_status: 'EXPIRED' })
  const unsaid = { canSend: null, healthCode: null, verified: true }
  expect(await client.phoneNumber('EAA', '331907246602815')).toMatchObject(unsaid)
})

test('somebody whose phone WhatsApp hides is written to by the id that it gave', async () => {
  handler = answerWith(200, { messages: [{ id: 'wamid.B' }] })
  const { phone: _, ...rest } = message
  await client.sendTemplate('TOKEN', '331907246602815', { ...rest, bsuid: 'IN.77120394856610293847' })
  expect(seen.at(-1)?.body).toMatchObject({ recipient: 'IN.77120394856610293847' })
  expect(seen.at(-1)?.body).not.toHaveProperty('to')
})

test('templates are listed over all pages, with the body of those that have nothing else', async () => {
  const body = { type: 'BODY', text: 'Hello {{1}}, welcome.' }
  const plain = { id: '1', name: 'plain', language: 'en', status: 'PENDING', category: 'UTILITY', components: [body] }
  const footed = { ...plain, id: '2', components: [body, { type: 'FOOTER', text: 'Bye' }], rejected_reason: 'NONE' }
  const named = { ...plain, id: '3', parameter_format: 'NAMED', quality_score: { score: 'GREEN' } }
  handler = (request, response) =>
    answerWith(
      200,
      request.url?.includes('after=second')
        ? { data: [footed, named] }
        : { data: [plain], paging: { cursors: { after: 'second' }, next: 'http://elsewhere.test' } },
    )(request, response, '')
  const bare = { name: 'plain', language: 'en', status: 'PENDING', category: 'UTILITY', rejectedReason: null }
  expect(await client.listTemplates('EAA', '2')).toEqual([
    { ...bare, id: '1', quality: null, plainBody: 'Hello {{1}}, welcome.' },
    { ...bare, id: '2', quality: null, plainBody: null },
    { ...bare, id: '3', quality: 'GREEN', plainBody: null },
  ])
})

const FIXTURES = new URL('./fixtures/', import.meta.url)
const errors = readdirSync(FIXTURES)
  .filter((name) => name.startsWith('error.'))
  .map((name) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')).response)
  .map((answer) => ({ ...answer, code: answer.body.error.code as number }))
const RETRYABLE = [80007, 130429, 131016, 131056]

test.each(errors)(
  'error $code of WhatsApp is a refusal of which the outcome is known',
  async ({ status, body, code }) => {
    handler = answerWith(status, body)
    const error = await failureOf(send)
    expect(error).toMatchObject({ outcomeUnknown: false, vendorCode: code, retryable: RETRYABLE.includes(code) })
    expect(error.message).not.toContain(body.error.message)
    expect(errorClassOf(code)).not.toBeNull()
  },
)

test('every code has one class, and permissions are a range', () => {
  expect([1, 131056, 131049, 131026, 131050, 131047, 100, 132015, 190, 200, 299, 300].map(errorClassOf)).toEqual([
    'retry',
    'retry_pair',
    'not_today',
    'recipient',
    'opted_out',
    'window',
    'request',
    'hold_campaign',
    'stop_account',
    'stop_account',
    'stop_account',
    null,
  ])
})

const silence: Handler = () => undefined
const DOUBTFUL: [string, Handler][] = [
  ['no answer in time', silence],
  ['a connection that breaks', (request) => request.socket.destroy()],
  ['a 500 in HTML', answerWith(500, '<html>oops</html>')],
  ['a 500 with a code that nobody knows', answerWith(500, { error: { code: 987654 } })],
  ['half an answer', answerWith(200, '{"messages":[{"id":"wam')],
  ['an empty answer', answerWith(200, '')],
  ['an answer of another form', answerWith(200, { messages: [] })],
  ['an endless answer', answerWith(200, `{"messages":[{"id":"wamid.A"}],"padding":"${'x'.repeat(2_000_000)}"}`)],
  ['a redirect, which is not followed', (_, response) => response.writeHead(307, { location: '/v25.0/other' }).end()],
]
/** Only where nothing comes is there a reason to be quick. */
const waitingFor = (fault: Handler) => (fault === silence ? hasty : client)
test.each(DOUBTFUL)('%s leaves the outcome of a send in doubt, and it is tried once', async (_, fault) => {
  handler = fault
  const before = seen.length
  expect(await failureOf(() => send(waitingFor(fault)))).toMatchObject({ outcomeUnknown: true, retryable: false })
  expect(seen.length).toBe(before + 1)
})

test.each(DOUBTFUL)('%s leaves nothing in doubt where asking again does no harm', async (_, fault) => {
  handler = fault
  expect(await failureOf(() => waitingFor(fault).phoneNumber('T', '1'))).toMatchObject({
    outcomeUnknown: false,
    retryable: true,
  })
})

test('a refusal without a code is final, and too many requests may be tried again', async () => {
  handler = answerWith(404, 'not here')
  expect(await failureOf(send)).toMatchObject({ outcomeUnknown: false, retryable: false, vendorCode: undefined })
  handler = answerWith(429, 'slow down')
  expect(await failureOf(send)).toMatchObject({ outcomeUnknown: false, retryable: true })
})

test('a request that surely never left may be tried again', async () => {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port: closed } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  for (const baseUrl of [`http://127.0.0.1:${closed}`, 'http://no-such-host.invalid']) {
    const nobody = createWhatsappClient({ ...options, baseUrl, timeoutMs: 5_000 })
    const error = await failureOf(() => nobody.sendTemplate('T', '1', message))
    expect(error).toMatchObject({ outcomeUnknown: false, retryable: true })
  }
})
