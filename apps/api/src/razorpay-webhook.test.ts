import { createHmac, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { applyRazorpayEvent } from '@pramaan/core/billing'
import { expect, inject, test } from 'vitest'
import { type CallOptions, expectProblem, type Person, testApi } from '../testing/index.ts'

const api = await testApi()
const double = `${inject('emulators').razorpay}/__ctl`
const account = `account=${api.razorpayAccount}`
const PATH = '/webhooks/razorpay'
const DAY_MS = 86_400_000
const MEGABYTE = 1024 * 1024

type Bytes = string | Uint8Array<ArrayBuffer>
const signatureOf = (body: Bytes, secret = 'test-razorpay') => createHmac('sha256', secret).update(body).digest('hex')

/** A call of Razorpay, signed unless its headers say otherwise. */
const send = (body: Bytes, headers: Record<string, string> = {}) =>
  api.call('POST', PATH, {
    raw: body,
    headers: {
      'content-type': 'application/json',
      'x-razorpay-signature': signatureOf(body),
      'x-razorpay-event-id': randomUUID(),
      ...headers,
    },
  })

/** All that a webhook may leave behind. */
async function left() {
  const [row] = await api.sql<{ events: number; jobs: number; entries: number }>(
    `select (select count(*)::int from webhook_events) as events, (select count(*)::int from audit_entries) as entries,
       (select count(*)::int from outbox where queue = 'billing.apply-event') as jobs`,
  )
  return row ?? { events: 0, jobs: 0, entries: 0 }
}

/** The worker's part: all events that wait are decided, in the order in which they came. */
async function decide(): Promise<void> {
  const jobs = await api.sql<{ payload: { data: unknown } }>(
    `with taken as (delete from outbox where queue = 'billing.apply-event' returning id, payload) select payload from taken order by id`,
  )
  const actor = { kind: 'system', name: 'test' } as const
  const ctx = api.deps.context({ actor, advisorId: null, requestId: 'test', ip: null })
  for (const { payload } of jobs) await applyRazorpayEvent(ctx, payload.data)
}

/** How an event stands, and what the log says of it. */
const eventOf = async (externalId: string) =>
  api.sql<{ state: string; actions: string[]; reason: string }>(
    `select e.state, array_agg(a.action) filter (where a.action is not null) as actions, min(a.body->>'reason') as reason
     from webhook_events e left join audit_entries a on a.object_id = e.id::text where e.external_id = $1 group by e.id`,
    [externalId],
  )

const BODY = '{"entity":"event","event":"payment.failed","payload":{},"created_at":1795500000}'

test.each<[string, Record<string, string>]>([
  ['no signature', { 'x-razorpay-signature': '' }],
  ['that of another secret', { 'x-razorpay-signature': signatureOf(BODY, 'another-secret') }],
  ['that of other bytes', { 'x-razorpay-signature': signatureOf(`${BODY} `) }],
  ['one in capitals', { 'x-razorpay-signature': signatureOf(BODY).toUpperCase() }],
  ['one that is too short', { 'x-razorpay-signature': signatureOf(BODY).slice(1) }],
  ['two', { 'x-razorpay-signature': `${signatureOf(BODY)}, ${signatureOf(BODY)}` }],
])('a webhook with %s is 401 and leaves nothing behind', async (_, headers) => {
  const before = await left()
  expectProblem(await send(BODY, headers), 401, 'unauthenticated')
  expect(await left()).toEqual(before)
})

test('a webhook without the header of the signature is 401, and another method is 405', async () => {
  const before = await left()
  expectProblem(await api.call('POST', PATH, { raw: BODY }), 401, 'unauthenticated')
  for (const method of ['GET', 'PUT', 'DELETE']) {
    expectProblem(await api.call(method, PATH), 405, 'method_not_allowed')
  }
  expect(await left()).toEqual(before)
})

const NO_UTF8 = Buffer.concat([Buffer.from('{"event":"'), Buffer.of(0xff, 0xfe, 0xc3), Buffer.from('"}')])

test.each<[string, Bytes, Record<string, string>?]>([
  ['an event under another content type', BODY, { 'content-type': 'text/plain; charset=latin1' }],
  ['an event under no content type', Buffer.from(BODY), { 'content-type': '' }],
  ['an event with a byte-order mark', `\uFEFF${BODY}`],
  ['no JSON', 'not json'],
  ['bytes that are no text', NO_UTF8],
  ['no bytes', ''],
  ['JSON of another form', '["event"]'],
  ['an event whose entity is a list', '{"event":"x.y","payload":{"payment":{"entity":[]}},"created_at":1}'],
  ['an event with a zero byte', '{"event":"a\\u0000b","payload":{},"created_at":1}'],
  ['an event that nobody has heard of', '{"event":"hologram.sold","payload":{},"created_at":1795500000}'],
])(
  '%s, rightly signed, is taken with 200, and parked by the job unless it means something',
  async (_, body, headers) => {
    const eventId = randomUUID()
    const before = await left()
    expect(await send(body, { ...headers, 'x-razorpay-event-id': eventId })).toMatchObject({
      status: 200,
      body: { received: true },
    })
    expect(await left()).toEqual({ ...before, events: before.events + 1, jobs: before.jobs + 1 })
    await decide()
    const state = body.toString() === BODY ? 'applied' : 'parked'
    expect(await eventOf(eventId)).toMatchObject([{ state, actions: [`billing.event_${state}`] }])
  },
)

test('what is larger than 3 MB is 413, whether it says so or not, and what is not is taken', async () => {
  const before = await left()
  const large = 'x'.repeat(3 * MEGABYTE + 1)
  expectProblem(await send(large), 413, 'payload_too_large')
  expectProblem(await sendInPieces(large), 413, 'payload_too_large')
  expectProblem(await send(BODY, { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
  expect(await left()).toEqual(before)
  expect((await send(large.slice(1))).status).toBe(200)
})

/** The same without a length: the server learns how long it is as it comes. */
const sendInPieces = async (body: string) => {
  const response = await fetch(api.url + PATH, {
    method: 'POST',
    headers: { 'x-razorpay-signature': signatureOf(body), 'x-razorpay-event-id': randomUUID() },
    body: new Blob([body]).stream(),
    duplex: 'half',
  } as RequestInit)
  return { status: response.status, headers: response.headers, body: await response.json() }
}

test('a webhook that breaks off leaves nothing behind', async () => {
  const before = await left()
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  const head = ['POST /webhooks/razorpay HTTP/1.1', `host: ${hostname}`, `x-razorpay-signature: ${signatureOf(BODY)}`]
  await new Promise<void>((resolve) => {
    socket.write(`${head.join('\r\n')}\r\ncontent-length: ${BODY.length + 1}\r\n\r\n${BODY}`, () => resolve())
  })
  socket.destroy()
  // Whatever became of that one, this one comes after it.
  expect((await send(BODY)).status).toBe(200)
  expect(await left()).toEqual({ ...before, events: before.events + 1, jobs: before.jobs + 1 })
})

test('one event that comes twenty times, also after it was settled, is one row and one job; its first bytes count', async () => {
  const eventId = randomUUID()
  const headers = { 'x-razorpay-event-id': eventId }
  const before = await left()
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(BODY, headers)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await left()).toEqual({ ...before, events: before.events + 1, jobs: before.jobs + 1 })
  await decide()
  const settled = await left()
  for (const body of [BODY, '{"event":"something.else"}']) expect((await send(body, headers)).status).toBe(200)
  expect(await left()).toEqual(settled)
  expect(await eventOf(eventId)).toEqual([
    { state: 'applied', actions: ['billing.event_applied'], reason: 'payment.failed' },
  ])
})

test('an event without an id is known by its bytes', async () => {
  const before = await left()
  const body = `{"event":"x.${randomUUID()}"}`
  for (const headers of [{ 'x-razorpay-event-id': '' }, { 'x-razorpay-event-id': '' }]) {
    expect((await send(body, headers)).status).toBe(200)
  }
  expect((await left()).events).toBe(before.events + 1)
})

interface Delivery {
  id: string
  event: string
  headers: Record<string, string>
  body: string
}

/** A firm that has paid for a plan, and what Razorpay has to say about it, oldest first; none of it has come yet. */
async function paid(): Promise<{ person: Person; said: Delivery[] }> {
  const person = await api.signUp()
  const body = { plan: 'standard' }
  const opened = await api.call('POST', '/api/billing/subscribe', { token: person.accessToken, body })
  const { checkout } = opened.body as { checkout: { url: string; razorpaySubscriptionId: string } }
  expect((await fetch(checkout.url, { method: 'POST', body: new URLSearchParams({ method: 'upi' }) })).status).toBe(200)
  const all = (await (await fetch(`${double}/deliveries?${account}`)).json()) as Delivery[]
  return { person, said: all.filter((one) => one.body.includes(checkout.razorpaySubscriptionId)) }
}

const deliver = (one: Delivery, headers: Record<string, string> = {}) =>
  api.call('POST', PATH, { raw: one.body, headers: { ...one.headers, ...headers } } satisfies CallOptions)

/** What the firm sees of its plan, and what stands in the books. */
async function standing({ accessToken: token, advisorId }: Person) {
  const { body } = await api.call('GET', '/api/billing/subscription', { token })
  const { tier, current } = body as { tier: string; current: { state: string; paidUntil: string } | null }
  const [books] = await api.sql(
    `select (select count(*)::int from payments where advisor_id = $1) as payments,
       (select count(*)::int from tax_documents where advisor_id = $1) as documents,
       (select coalesce(sum(amount_paise), 0)::int from ledger_entries where advisor_id = $1 and account = 'razorpay') as paise`,
    [advisorId],
  )
  return { tier, state: current?.state, paidUntil: current?.paidUntil, ...books }
}

const PAID = { tier: 'standard', state: 'active', payments: 1, documents: 1, paise: 235_882 }

test.each<[string, (said: Delivery[]) => Delivery[]]>([
  ['in their order', (said) => said],
  ['in reverse', (said) => said.toReversed()],
  ['twice each, the later ones first', (said) => [...said, ...said].toReversed()],
])('the events of a payment that come %s end in one active plan, one payment and one invoice', async (_, order) => {
  const { person, said } = await paid()
  expect(said.length).toBeGreaterThan(2)
  for (const one of order(said)) {
    expect((await deliver(one)).status).toBe(200)
    await decide()
  }
  expect(await standing(person)).toMatchObject(PAID)
})

test('an old event that is played again changes nothing, under its own id or under another one', async () => {
  const { person, said } = await paid()
  for (const one of said) await deliver(one)
  await decide()
  const before = await standing(person)
  expect(before).toMatchObject(PAID)
  const settled = await left()
  api.clock.advance(15 * DAY_MS)
  for (const one of said) expect((await deliver(one)).status).toBe(200)
  expect(await left()).toEqual(settled)
  // The id stands in a header that nobody signs.
  const replayed = said.map((one) => ({ one, eventId: randomUUID() }))
  for (const { one, eventId } of replayed) await deliver(one, { 'x-razorpay-event-id': eventId })
  await decide()
  const later = await api.call('POST', '/api/auth/login', { body: { email: person.email, password: person.password } })
  const { accessToken } = later.body as { accessToken: string }
  expect(await standing({ ...person, accessToken })).toEqual(before)
  for (const { eventId } of replayed) expect(await eventOf(eventId)).toMatchObject([{ state: 'applied' }])
})

test('while PostgreSQL is away a webhook is 503, so that Razorpay comes again, and then it is taken once', async () => {
  const before = await left()
  const eventId = randomUUID()
  const headers = { 'x-razorpay-event-id': eventId }
  await api.withoutDatabase(async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await send(BODY, headers)
      expectProblem(answer, 503, 'unavailable')
      expect(answer.headers.get('retry-after')).toBe('2')
    }
    expectProblem(await send(BODY, { 'x-razorpay-signature': '' }), 401, 'unauthenticated')
  })
  expect(await left()).toEqual(before)
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect.poll(async () => (await send(BODY, headers)).status).toBe(200)
  }
  expect(await left()).toEqual({ ...before, events: before.events + 1, jobs: before.jobs + 1 })
  await decide()
  expect(await eventOf(eventId)).toMatchObject([{ state: 'applied' }])
})
