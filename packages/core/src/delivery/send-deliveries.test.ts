import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { TemplateMessage, WhatsappClient } from '../clients/whatsapp/index.ts'
import {
  applyWhatsappEvent,
  connectWhatsapp,
  dispatchCampaign,
  getCampaign,
  getConnection,
  listRecipients,
  receiveWhatsappWebhook,
  reconcileDelivery,
  sendDeliveries,
  sweepDeliveries,
} from './index.ts'
import { takeDeliveries } from './take-deliveries.ts'
import {
  callsTo,
  connectedFirm,
  control,
  decideTemplate,
  deliver,
  deliveriesOf,
  type Firm,
  HANDLERS,
  makeCampaign,
  messagesOf,
  newWebhooks,
  realClient,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

/** Lets a test stand between us and the double, e.g. to die there. */
const between: {
  send:
    | ((message: TemplateMessage, real: () => Promise<{ messageId: string }>) => Promise<{ messageId: string }>)
    | null
  client: WhatsappClient
} = { send: null, client: realClient() }
const real = between.client
const whatsapp: WhatsappClient = {
  ...real,
  sendTemplate: (token, number, message) => {
    const call = () => between.client.sendTemplate(token, number, message)
    return between.send ? between.send(message, call) : call()
  },
}
const world = await whatsappWorld({ whatsapp })

const dispatchOnly = () => world.drainJobs({ 'delivery.dispatch': dispatchCampaign })

/** A campaign whose deliveries are queued, with the payload of each sending job. */
async function queued(people: number) {
  const firm = await connectedFirm(world)
  const campaign = await makeCampaign(world, firm, people)
  await dispatchOnly()
  const rows = await deliveriesOf(world, firm, campaign.campaignId)
  return { firm, ...campaign, payloads: rows.map((row) => ({ advisorId: firm.advisorId, deliveryId: row.id })) }
}

const fault = (firm: Firm, kind: object, times = 1) =>
  control('POST', '/faults', { match: { path_regex: `/${firm.phoneNumberId}/messages$` }, times, ...kind })

const stateOf = async (firm: Firm, campaignId: string) =>
  (await deliveriesOf(world, firm, campaignId)).map((row) => row.state)

const HOUR = 3_600_000

/** The pause of a number goes by the database's clock, which no test moves. */
const resumeLane = (firm: Firm) =>
  world.db.read
    .update(schema.sendLanes)
    .set({ pausedUntil: null })
    .where(eq(schema.sendLanes.advisorId, firm.advisorId))

test('ten workers on one job send one message', async () => {
  const { firm, payloads, campaignId } = await queued(1)
  await Promise.all(Array.from({ length: 10 }, () => sendDeliveries(world.ctx(), payloads[0])))
  expect(await messagesOf(firm)).toHaveLength(1)
  expect(await stateOf(firm, campaignId)).toEqual(['accepted'])
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toHaveLength(1)
})

test.each([
  ['the answer is lost', { kind: 'reset_after' }, 1],
  ['no answer comes in time', { kind: 'hang_after', seconds: 30 }, 1],
  ['half an answer comes', { kind: 'truncated_json' }, 1],
  ['an empty answer comes', { kind: 'empty_200' }, 1],
  ['the connection breaks', { kind: 'reset_before' }, 0],
  ['an error page comes', { kind: 'status', status: 502, body: 'html' }, 0],
])('when %s the outcome is unknown, nothing is sent again, and in the end it has failed', async (_, kind, arrived) => {
  const { firm, campaignId, payloads } = await queued(1)
  await fault(firm, kind)
  between.client = 'seconds' in kind ? realClient(2_000) : real
  await world.drainJobs(HANDLERS)
  between.client = real
  expect(await stateOf(firm, campaignId)).toEqual(['unknown'])
  await sweepDeliveries(world.ctx())
  await sendDeliveries(world.ctx(), payloads[0])
  await reconcileDelivery(world.ctx(), payloads[0])
  expect(await stateOf(firm, campaignId)).toEqual(['unknown'])
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'sending' })

  world.clock.advance(7 * HOUR)
  await sweepDeliveries(world.ctx())
  await world.drainJobs(HANDLERS)
  const [row] = await deliveriesOf(world, firm, campaignId)
  expect(row).toMatchObject({ state: 'failed', reason: expect.stringMatching(/Outcome unknown, not sent again/) })
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'completed' })
  expect(await messagesOf(firm)).toHaveLength(arrived)
  expect(await world.auditActions(row?.id ?? '')).toEqual(['delivery.claimed', 'delivery.lost', 'delivery.given_up'])

  await deliver(world, await newWebhooks(firm, new Set()))
  expect(await stateOf(firm, campaignId)).toEqual([arrived ? 'read' : 'failed'])
})

test('a status tells what became of a lost answer', async () => {
  const { firm, campaignId } = await queued(1)
  await fault(firm, { kind: 'reset_after' })
  await world.drainJobs(HANDLERS)
  await deliver(world, await newWebhooks(firm, new Set()))
  const [row] = await deliveriesOf(world, firm, campaignId)
  expect(row).toMatchObject({ state: 'read', reason: null, providerMessageId: expect.stringMatching(/^[\w-]{43}$/) })
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'completed' })
  expect(await messagesOf(firm)).toHaveLength(1)
})

test('a status that overtakes the answer counts, and the answer does not undo it', async () => {
  const { firm, campaignId } = await queued(1)
  between.send = async (_, call) => {
    const answer = await call()
    between.send = null
    for (const webhook of await newWebhooks(firm, new Set(), 2)) {
      await receiveWhatsappWebhook(world.ctx({ kind: 'anonymous' }), webhook)
    }
    await world.drainJobs({ 'delivery.apply-event': applyWhatsappEvent })
    return answer
  }
  await world.drainJobs(HANDLERS)
  const [row] = await deliveriesOf(world, firm, campaignId)
  expect(row).toMatchObject({ state: 'sent', providerMessageId: expect.stringMatching(/^[\w-]{43}$/) })
  expect(row?.acceptedAt).not.toBeNull()
})

test.each(['before the call', 'after the call'])('a worker that dies %s sends nothing twice', async (moment) => {
  const { firm, campaignId, payloads } = await queued(1)
  between.send = async (_, call) => {
    between.send = null
    if (moment === 'after the call') await call()
    throw new Error('the worker was killed')
  }
  await expect(sendDeliveries(world.ctx(), payloads[0])).rejects.toThrow('killed')
  await sendDeliveries(world.ctx(), payloads[0])
  expect(await stateOf(firm, campaignId)).toEqual(['claimed'])
  world.clock.advance(3 * 60_000)
  await sweepDeliveries(world.ctx())
  await world.drainJobs(HANDLERS)
  expect(await stateOf(firm, campaignId)).toEqual(['unknown'])
  await deliver(world, await newWebhooks(firm, new Set()))
  const arrived = moment === 'after the call'
  expect(await messagesOf(firm)).toHaveLength(arrived ? 1 : 0)
  expect(await stateOf(firm, campaignId)).toEqual([arrived ? 'read' : 'unknown'])
  if (!arrived) {
    world.clock.advance(7 * HOUR)
    await sweepDeliveries(world.ctx())
    await world.drainJobs(HANDLERS)
    expect(await stateOf(firm, campaignId)).toEqual(['failed'])
  }
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'completed' })
})

test('a worker that was asleep beyond its claim records its own call, and only that', async () => {
  const { firm, campaignId, payloads } = await queued(1)
  between.send = async (_, call) => {
    between.send = null
    world.clock.advance(3 * 60_000)
    await sweepDeliveries(world.ctx())
    await world.drainJobs({ 'delivery.reconcile': reconcileDelivery })
    expect(await stateOf(firm, campaignId)).toEqual(['unknown'])
    return call()
  }
  await sendDeliveries(world.ctx(), payloads[0])
  expect(await stateOf(firm, campaignId)).toEqual(['accepted'])
  expect(await messagesOf(firm)).toHaveLength(1)
})

test.each([
  ['WhatsApp is busy', { kind: 'rate_429', code: 130429 }],
  ['the pair of numbers is too fast', { kind: 'rate_429', code: 131056, http: 429 }],
  ['the service is away for a moment', { kind: 'status', status: 503 }],
])('when %s the message is put off and sent once', async (_, kind) => {
  const { firm, campaignId, payloads } = await queued(2)
  await fault(firm, kind)
  await sendDeliveries(world.ctx(), payloads[0])
  const putOff = (await deliveriesOf(world, firm, campaignId)).find((row) => row.state === 'queued')
  expect(putOff).toMatchObject({ state: 'queued', attempts: 1, reason: expect.stringMatching(/^Not sent yet: /) })
  expect(await world.auditActions(putOff?.id ?? '')).toEqual(['delivery.claimed', 'delivery.put_off'])
  await sendDeliveries(world.ctx(), payloads[0])
  expect(await messagesOf(firm)).toHaveLength(1)
  world.clock.advance(10_000)
  await resumeLane(firm)
  await sendDeliveries(world.ctx(), payloads[0])
  expect(await stateOf(firm, campaignId)).toEqual(['accepted', 'accepted'])
  expect(await messagesOf(firm)).toHaveLength(2)
  const rows = await deliveriesOf(world, firm, campaignId)
  expect(rows.map((row) => row.attempts).sort()).toEqual([1, 2])
  expect(rows.map((row) => row.reason)).toEqual([null, null])
})

test('what is put off again and again fails in the end', async () => {
  const { firm, campaignId, payloads } = await queued(1)
  await fault(firm, { kind: 'rate_429' }, 8)
  for (let tries = 0; tries < 10; tries++) {
    await sendDeliveries(world.ctx(), payloads[0])
    world.clock.advance(HOUR)
    await resumeLane(firm)
  }
  const [row] = await deliveriesOf(world, firm, campaignId)
  expect(row).toMatchObject({ state: 'failed', attempts: 8, reason: expect.stringMatching(/busy/) })
  expect(await messagesOf(firm)).toEqual([])
})

test('a dead token stops the number, holds the campaign, and connecting again lets it go on', async () => {
  const { firm, campaignId } = await queued(3)
  await fault(firm, { kind: 'auth' }, 3)
  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({
    state: 'held',
    heldReason: expect.stringMatching(/not connected/),
    counts: { queued: 3 },
  })
  expect(await getConnection(firm.owner(), {})).toMatchObject({
    state: 'failed',
    step: 'exchange_code',
    failure: expect.stringMatching(/Connect the number again/),
  })
  const { wabaId, phoneNumberId, code } = firm
  world.clock.advance(10_000)
  await connectWhatsapp(firm.owner(), { code: `${code}:again`, wabaId, phoneNumberId, pin: '123456' })
  await world.drainJobs(HANDLERS)
  expect(await stateOf(firm, campaignId)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(await messagesOf(firm)).toHaveLength(3)
  expect(await world.auditActions(campaignId)).toEqual([
    'campaign.created',
    'campaign.dispatched',
    'campaign.held',
    'campaign.resumed',
    'campaign.dispatched',
  ])
})

test('a missing payment method holds the campaign and says what to do', async () => {
  const { firm, campaignId } = await queued(2)
  await control('POST', `/numbers/${firm.phoneNumberId}`, { paymentMissing: true })
  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'held', counts: { queued: 2 } })
  expect(await getConnection(firm.owner(), {})).toMatchObject({ failure: expect.stringMatching(/payment method/) })
  expect(await callsTo(firm, '/messages')).toHaveLength(2)
  await sendDeliveries(world.ctx(), { advisorId: firm.advisorId })
  expect(await callsTo(firm, '/messages')).toHaveLength(2)
})

test('a template that is paused in mid-campaign holds it, and its approval lets it go on', async () => {
  const { firm, campaignId } = await queued(3)
  const seen = new Set<string>()
  await decideTemplate(firm, 'PAUSED')
  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({
    state: 'held',
    heldReason: expect.stringMatching(/template/),
    counts: { queued: 3 },
  })
  await deliver(world, await newWebhooks(firm, seen))
  expect(await getConnection(firm.owner(), {})).toMatchObject({ templateStatus: 'PAUSED' })
  await decideTemplate(firm, 'APPROVED')
  world.clock.advance(10_000)
  await deliver(world, await newWebhooks(firm, seen))
  expect(await stateOf(firm, campaignId)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(await messagesOf(firm)).toHaveLength(3)
})

test('who stopped our messages on WhatsApp is opted out by the failure that says so', async () => {
  const { firm, campaignId, phones, recipientIds } = await queued(2)
  await control('POST', `/users/${encodeURIComponent(phones[0] ?? '')}`, { waba: firm.wabaId, marketingStopped: true })
  await world.drainJobs(HANDLERS)
  await deliver(world, await newWebhooks(firm, new Set()))
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ counts: { read: 1, failed: 1 } })
  const { items } = await listRecipients(firm.owner(), {})
  expect(items.find((item) => item.id === recipientIds[0])?.state).toBe('opted_out')
  expect(items.find((item) => item.id === recipientIds[1])?.state).toBe('active')
  const { consents } = schema
  const ledger = await world.db.read
    .select()
    .from(consents)
    .where(and(eq(consents.advisorId, firm.advisorId), eq(consents.recipientId, recipientIds[0] ?? '')))
  expect(ledger.map((row) => [row.action, row.source])).toEqual([
    ['granted', 'form on paper'],
    ['withdrawn', 'whatsapp: error 131050'],
  ])
})

test('a delivery is claimed by one, and only a system may claim', async () => {
  const { firm, payloads } = await queued(1)
  const [payload] = payloads
  if (!payload) throw new Error('nothing is queued')
  await expect(takeDeliveries(firm.owner(), payload)).rejects.toMatchObject({ code: 'forbidden' })
  const taken = await Promise.all(Array.from({ length: 5 }, () => takeDeliveries(world.ctx(), payload)))
  expect(taken.flatMap((one) => one.claims)).toHaveLength(1)
})
