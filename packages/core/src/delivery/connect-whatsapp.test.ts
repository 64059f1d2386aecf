import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connectWhatsapp, dispatchCampaign, getCampaign, getConnection } from './index.ts'
import {
  callsTo,
  connect,
  connectedFirm,
  control,
  decideTemplate,
  deliver,
  type Firm,
  HANDLERS,
  makeCampaign,
  makeFirm,
  messagesOf,
  newWebhooks,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()

const fault = (match: object, kind: object) => control('POST', '/faults', { match, times: 1, ...kind })
const rowOf = async (firm: Firm) => {
  const { whatsappConnections } = schema
  const rows = await world.db.read
    .select()
    .from(whatsappConnections)
    .where(eq(whatsappConnections.advisorId, firm.advisorId))
  return rows[0]
}

test('connecting goes through every step and ends with a number that waits for its template', async () => {
  const firm = await makeFirm(world)
  expect(await getConnection(firm.owner(), {})).toBeNull()
  const view = await connect(firm)
  expect(view).toMatchObject({
    state: 'connected',
    step: 'done',
    templateStatus: 'PENDING',
    failure: null,
    displayPhoneNumber: expect.stringMatching(/^\+91/),
  })
  expect(Object.keys(view)).not.toContain('accessToken')
  expect(await world.auditActions(view.id)).toEqual([
    'whatsapp.connecting_started',
    'whatsapp.step_done',
    'whatsapp.step_done',
    'whatsapp.step_done',
    'whatsapp.step_done',
    'whatsapp.step_done',
    'whatsapp.connected',
  ])
  await decideTemplate(firm, 'APPROVED')
  expect(await getConnection(firm.owner(), {})).toMatchObject({ templateStatus: 'APPROVED' })
})

test('token and PIN stand encrypted in the database', async () => {
  const firm = await connectedFirm(world)
  const row = await rowOf(firm)
  const stored = Buffer.concat([row?.accessToken ?? Buffer.alloc(0), row?.pin ?? Buffer.alloc(0)]).toString('latin1')
  expect(stored).not.toContain('123456')
  expect(stored).not.toContain('EAA')
})

test.each([
  ['subscribe_app', 'subscribed_apps', 'POST'],
  ['register_number', 'register', 'POST'],
  ['create_template', 'message_templates', 'GET'],
])('what failed at %s goes on there, with one call for each step that was done', async (step, path, method) => {
  const firm = await makeFirm(world)
  await fault(
    { method, path_regex: `(${firm.wabaId}|${firm.phoneNumberId})/${path}$` },
    { kind: 'status', status: 503, body: 'html' },
  )
  await expect(connect(firm)).rejects.toMatchObject({ vendor: 'whatsapp' })
  expect(await getConnection(firm.owner(), {})).toMatchObject({
    state: 'failed',
    step,
    failure: expect.stringMatching(/goes on where it stopped/),
  })
  expect(await connect(firm)).toMatchObject({ state: 'connected' })
  expect(await callsTo(firm, 'oauth')).toHaveLength(1)
})

test('a wrong PIN is told in plain words, and the next one is used', async () => {
  const firm = await connectedFirm(world)
  const other = await makeFirm(world)
  const again = { ...other, wabaId: firm.wabaId, phoneNumberId: firm.phoneNumberId, code: `${firm.code}:b` }
  await world.db.read
    .update(schema.whatsappConnections)
    .set({ state: 'revoked' })
    .where(eq(schema.whatsappConnections.advisorId, firm.advisorId))
  await expect(connect(again, '999999')).rejects.toMatchObject({
    code: 'invalid_state',
    publicMessage: expect.stringMatching(/PIN/),
  })
  expect(await connect(again, '123456')).toMatchObject({ state: 'connected', failure: null })
})

test('a code that WhatsApp does not take is a refusal, and a new code starts again', async () => {
  const firm = await makeFirm(world)
  await expect(connect(firm, '123456', 'nonsense')).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await connect(firm)).toMatchObject({ state: 'connected' })
})

test('a template whose creation got no answer is not made twice', async () => {
  const firm = await makeFirm(world)
  await fault({ method: 'POST', path_regex: `${firm.wabaId}/message_templates$` }, { kind: 'reset_after' })
  await expect(connect(firm)).rejects.toMatchObject({ outcomeUnknown: true })
  expect(await connect(firm)).toMatchObject({ state: 'connected', templateStatus: 'PENDING' })
  expect((await callsTo(firm, 'message_templates')).filter((call) => call.method === 'POST')).toHaveLength(1)
})

test('a connected number, a second one and the number of another firm are refused', async () => {
  const firm = await connectedFirm(world)
  await expect(connect(firm)).rejects.toMatchObject({ code: 'conflict' })
  const thief = {
    ...(await makeFirm(world)),
    wabaId: firm.wabaId,
    phoneNumberId: firm.phoneNumberId,
    code: `${firm.code}:c`,
  }
  await expect(connect(thief)).rejects.toMatchObject({ code: 'conflict' })
  expect(await getConnection(thief.owner(), {})).toBeNull()
})

test('two at once connect once', async () => {
  const firm = await makeFirm(world)
  const both = await Promise.allSettled([connect(firm), connect(firm)])
  expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find((one) => one.status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } })
})

test('a connecting that died is taken over after two minutes', async () => {
  const firm = await makeFirm(world)
  await connect(firm, '123456', 'nonsense').catch(() => undefined)
  const { whatsappConnections } = schema
  const mine = eq(whatsappConnections.advisorId, firm.advisorId)
  await world.db.read.update(whatsappConnections).set({ state: 'connecting' }).where(mine)
  await expect(connect(firm)).rejects.toMatchObject({ code: 'conflict' })
  world.clock.advance(121_000)
  expect(await connect(firm)).toMatchObject({ state: 'connected' })
})

test('only the owner connects, and a repeated request gets the first answer', async () => {
  const firm = await makeFirm(world)
  const input = { code: firm.code, wabaId: firm.wabaId, phoneNumberId: firm.phoneNumberId, pin: '123456' }
  await expect(connectWhatsapp(firm.member(), input)).rejects.toMatchObject({ code: 'forbidden' })
  const once = () => ({ key: 'k', operation: 'POST /api/whatsapp/connect', requestHash: 'h', replayed: false })
  const first = await connectWhatsapp({ ...firm.owner(), idempotency: once() }, input)
  const again = { ...firm.owner(), idempotency: once() }
  expect(await connectWhatsapp(again, input)).toEqual(first)
  expect(again.idempotency.replayed).toBe(true)
})

test('losing the access to the account stops the number', async () => {
  const firm = await connectedFirm(world)
  const value = { event: 'PARTNER_REMOVED', waba_info: { waba_id: firm.wabaId, owner_business_id: '1' } }
  await control('POST', `/waba/${firm.wabaId}/event`, { field: 'account_update', value })
  await deliver(world, await newWebhooks(firm, new Set()))
  expect(await getConnection(firm.owner(), {})).toMatchObject({ state: 'failed', step: 'exchange_code' })
})

/** A firm whose number nobody has shown to be theirs: the double makes the number when the sign-up code is redeemed. */
async function unverifiedFirm(): Promise<Firm> {
  const firm = await makeFirm(world)
  await fault({ path_regex: `${firm.wabaId}/subscribed_apps$` }, { kind: 'status', status: 503, body: 'json' })
  await connect(firm).catch(() => undefined)
  await control('POST', `/numbers/${firm.phoneNumberId}`, { verified: false })
  return firm
}

const goOn = (firm: Firm, change: object = {}) => {
  const { wabaId, phoneNumberId } = firm
  return connectWhatsapp(firm.owner(), { wabaId, phoneNumberId, pin: '123456', ...change })
}

test('a number that is not verified waits for the code that WhatsApp sends, and goes on with it', async () => {
  const firm = await unverifiedFirm()
  expect(await getConnection(firm.owner(), {})).toMatchObject({ state: 'failed', step: 'subscribe_app' })
  await expect(goOn(firm)).rejects.toMatchObject({
    code: 'invalid_state',
    publicMessage: expect.stringContaining('six digits'),
  })
  expect(await getConnection(firm.owner(), {})).toMatchObject({
    state: 'failed',
    step: 'verify_number',
    failure: expect.stringContaining('verificationCode'),
  })
  await expect(goOn(firm, { verificationCode: '000000' })).rejects.toMatchObject({
    publicMessage: expect.stringContaining('did not accept the verification code'),
  })
  expect((await callsTo(firm, 'request_code')).map((call) => call.answer?.status)).toEqual([200])
  const { verificationCode } = await control<{ verificationCode: string }>('POST', `/numbers/${firm.phoneNumberId}`, {})
  expect(await goOn(firm, { verificationCode })).toMatchObject({ state: 'connected', step: 'done' })
  expect(await callsTo(firm, 'oauth')).toHaveLength(1)
})

test('connecting from the beginning needs the code of the sign-up, and says so', async () => {
  const firm = await makeFirm(world)
  await expect(goOn(firm)).rejects.toMatchObject({ publicMessage: expect.stringContaining('sign-up') })
  expect(await connect(firm)).toMatchObject({ state: 'connected' })
})

test('a number tells of its health when it is connected, and is asked again after an hour', async () => {
  const firm = await connectedFirm(world)
  const well = { quality: 'GREEN', canSend: 'AVAILABLE', billingCurrency: 'INR', warnings: [] }
  expect(await getConnection(firm.owner(), {})).toMatchObject(well)
  await control('POST', `/waba/${firm.wabaId}`, { currency: 'USD' })
  await control('POST', `/numbers/${firm.phoneNumberId}`, { paymentMissing: true, quality: 'RED' })
  expect(await getConnection(firm.owner(), {})).toMatchObject(well)
  world.clock.advance(3_600_001)
  const now = await getConnection(firm.owner(), {})
  expect(now).toMatchObject({ state: 'connected', quality: 'RED', canSend: 'BLOCKED', billingCurrency: 'USD' })
  expect(now?.warnings.map((warning) => warning.id)).toEqual(['billing_currency', 'payment', 'quality'])
})

test('a token that was revoked is noticed when the number is asked, stops it, and tells the owners', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 1)
  await dispatchCampaign(world.ctx(), { advisorId: firm.advisorId, campaignId })
  const value = { event: 'PARTNER_REMOVED', waba_info: { waba_id: firm.wabaId, owner_business_id: '1' } }
  await control('POST', `/waba/${firm.wabaId}/event`, { field: 'account_update', value })
  world.clock.advance(3_600_001)
  expect(await getConnection(firm.owner(), {})).toMatchObject({ state: 'failed', step: 'exchange_code' })
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'held' })
  const { rows } = await world.db.pool.query<{ topic: string }>({
    text: `select payload->'data'->>'topic' as topic from outbox where payload->'data'->>'advisorId' = $1`,
    values: [firm.advisorId],
  })
  expect(rows.map((row) => row.topic)).toContain('whatsapp_stopped')
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])
})

test('a number that WhatsApp has taken out of service stops', async () => {
  const firm = await connectedFirm(world)
  await control('POST', `/numbers/${firm.phoneNumberId}`, { registered: false })
  world.clock.advance(3_600_001)
  expect(await getConnection(firm.owner(), {})).toMatchObject({
    state: 'failed',
    failure: expect.stringContaining('the number is pending'),
  })
})
