import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { schema } from '@pramaan/db'
import { and, asc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { isSignedByWhatsapp } from '../clients/whatsapp/index.ts'
import {
  addRecipient,
  applyWhatsappEvent,
  getCampaign,
  getConnection,
  listRecipients,
  receiveWhatsappWebhook,
} from './index.ts'
import { shuffled } from './testing/shuffled.ts'
import signatures from './testing/signatures.json' with { type: 'json' }
import {
  addRecipients,
  CONSENT,
  connectedFirm,
  control,
  deliver,
  deliveriesOf,
  type Firm,
  HANDLERS,
  makeCampaign,
  messagesOf,
  newPhone,
  newWebhooks,
  signed,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()
const { webhookEvents } = schema
const stranger = () => world.ctx({ kind: 'anonymous' })
const FIXTURES = new URL('./testing/fixtures/', import.meta.url)
const fixture = (name: string) => readFileSync(new URL(name.replace('.json', '.body'), FIXTURES), 'utf8')

const eventOf = async (rawBody: string) => {
  const externalId = createHash('sha256').update(rawBody).digest('hex')
  const rows = await world.db.read.select().from(webhookEvents).where(eq(webhookEvents.externalId, externalId))
  expect(rows.length).toBeLessThan(2)
  return rows[0]
}

/** A fixture as if it were about this firm and, where told, about this delivery and phone. */
function aboutFirm(name: string, firm: Firm, about: { deliveryId?: string; phone?: string } = {}): string {
  return fixture(name)
    .replaceAll('331907246602815', firm.phoneNumberId)
    .replaceAll('204518830017746', firm.wabaId)
    .replaceAll('snd_01HTZX9Q4E7', about.deliveryId ?? 'nobody')
    .replaceAll('919876501234', about.phone?.slice(1) ?? '919876501234')
    .replaceAll('diwali_offer_v2', 'pramaan_message')
    .replaceAll('"wamid.', `"wamid.${firm.phoneNumberId}`)
}

test.each(Object.entries(signatures.files))(
  'the signature of %s holds over its bytes',
  (name, { bytes, signature }) => {
    const body = readFileSync(new URL(name.replace('.json', '.body'), FIXTURES))
    expect(body.length).toBe(bytes)
    expect(isSignedByWhatsapp(body, signature, signatures.app_secret)).toBe(true)
    expect(isSignedByWhatsapp(body, signature, 'another')).toBe(false)
  },
)

test('a webhook is kept once with its exact bytes, however often it comes', async () => {
  const webhook = signed(`{"escaped":"caf\\u00e9 \\/ ${crypto.randomUUID()}"}`)
  await Promise.all(Array.from({ length: 20 }, () => receiveWhatsappWebhook(stranger(), webhook)))
  const event = await eventOf(webhook.rawBody)
  expect(event).toMatchObject({ source: 'whatsapp', state: 'received' })
  expect(await world.drainJobs(HANDLERS)).toEqual(['delivery.apply-event'])
  await receiveWhatsappWebhook(stranger(), webhook)
  expect(await world.drainJobs(HANDLERS)).toEqual([])
  expect((await eventOf(webhook.rawBody))?.state).toBe('parked')
})

test('a wrong signature is refused, and stores nothing', async () => {
  const { rawBody, signature } = signed(`{"a":"${crypto.randomUUID()}"}`)
  const wrong = [`${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`, '', signature.slice(7)]
  for (const one of wrong) {
    const refused = receiveWhatsappWebhook(stranger(), { rawBody, signature: one })
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
  }
  expect(await eventOf(rawBody)).toBeUndefined()
})

test('what nobody of ours is meant by is parked, and changes nothing', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 1)
  await world.drainJobs(HANDLERS)
  const before = await deliveriesOf(world, firm, campaignId)
  const foreign = fixture('92-foreign-phone-number.json').replace('wamid.HB', `wamid.${crypto.randomUUID()}`)
  await deliver(world, [signed(foreign)])
  expect((await eventOf(foreign))?.state).toBe('parked')
  expect(await deliveriesOf(world, firm, campaignId)).toEqual(before)
})

test('unknown fields and objects are stored and parked with their bytes, and what stands beside them counts', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 1)
  await world.drainJobs(HANDLERS)
  const [delivery] = await deliveriesOf(world, firm, campaignId)
  const sent = JSON.parse(aboutFirm('01-status.sent.v24.json', firm, { deliveryId: delivery?.id ?? '' }))
  const { metadata } = sent.entry[0].changes[0].value
  const future = { field: 'holograms', value: { metadata, holograms: [{ id: crypto.randomUUID() }] } }
  sent.entry[0].changes.push(future)
  const unknown = [
    JSON.stringify(sent),
    JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: firm.wabaId, changes: [future] }] }),
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: firm.wabaId, changes: [{ field: 'x', value: { y: crypto.randomUUID() } }] }],
    }),
    JSON.stringify({ object: 'something_else', entry: [{ id: crypto.randomUUID() }] }),
  ]
  for (const body of unknown) {
    await deliver(world, [signed(body)])
    const event = await eventOf(body)
    expect(event?.state, body).toBe('parked')
    const place = { table: 'webhook_events', column: 'body', rowId: event?.id ?? '' }
    expect(world.keys.openBriefly(place, event?.body ?? Buffer.alloc(0))).toBe(body)
    expect(await world.auditActions(event?.id ?? '')).toEqual(['webhook.parked'])
  }
  expect((await deliveriesOf(world, firm, campaignId))[0]?.state).toBe('sent')
})

test('a status for a delivery of another firm changes nothing, although it names it', async () => {
  const [firm, other] = [await connectedFirm(world), await connectedFirm(world)]
  const { campaignId } = await makeCampaign(world, firm, 1)
  await world.drainJobs(HANDLERS)
  const [delivery] = await deliveriesOf(world, firm, campaignId)
  await deliver(world, [signed(aboutFirm('04-status.read.json', other, { deliveryId: delivery?.id ?? '' }))])
  expect(await deliveriesOf(world, firm, campaignId)).toEqual([delivery])
})

test('a number that somebody only claims does not draw its webhooks to him', async () => {
  const firm = await connectedFirm(world)
  const thief = await connectedFirm(world)
  const claimed = { phoneNumberId: firm.phoneNumberId, displayPhoneNumber: null, state: 'failed' as const }
  const { whatsappConnections } = schema
  await world.db.read.update(whatsappConnections).set(claimed).where(eq(whatsappConnections.advisorId, thief.advisorId))
  const phone = newPhone()
  await addRecipients(firm, [phone])
  await addRecipients(thief, [phone])
  await deliver(world, [signed(aboutFirm('21-inbound.text.STOP.json', firm, { phone }))])
  expect((await listRecipients(firm.owner(), {})).items[0]?.state).toBe('opted_out')
  expect((await listRecipients(thief.owner(), {})).items[0]?.state).toBe('active')
})

test.each(['21-inbound.text.STOP.json', '22-inbound.button.quick-reply.stop.json', '30-user_preferences.stop.json'])(
  '%s opts the person out once, with a row in the ledger',
  async (name) => {
    const firm = await connectedFirm(world)
    const phone = newPhone()
    const { id } = await addRecipient(firm.owner(), {
      phone,
      consent: { ...CONSENT, givenAt: '2026-09-01T00:00:00.000Z' },
    })
    const body = aboutFirm(name, firm, { phone })
    await deliver(world, [signed(body), signed(`${body}\n`), signed(body)])
    const { items } = await listRecipients(firm.owner(), {})
    expect(items[0]?.state).toBe('opted_out')
    const met = ['reply.received', 'recipient.address_learnt']
    const actions = (await world.auditActions(id)).filter((action) => !met.includes(action))
    expect(actions).toEqual(['recipient.added', 'recipient.opted_out'])
    const { consents } = schema
    const ledger = await world.db.read.select().from(consents).where(eq(consents.recipientId, id))
    expect(ledger.map((row) => row.action)).toEqual(['granted', 'withdrawn'])
  },
)

test('an ordinary message opts nobody out', async () => {
  const firm = await connectedFirm(world)
  const phone = newPhone()
  await addRecipients(firm, [phone])
  await deliver(world, [signed(aboutFirm('20-inbound.text.json', firm, { phone }))])
  expect((await listRecipients(firm.owner(), {})).items[0]?.state).toBe('active')
})

test('who hides the phone is known by the message that was answered', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 1)
  await world.drainJobs(HANDLERS)
  const [delivery] = await deliveriesOf(world, firm, campaignId)
  const body = JSON.parse(aboutFirm('22-inbound.button.quick-reply.stop.json', firm))
  const [message] = body.entry[0].changes[0].value.messages
  delete message.from
  message.context.id = (await messagesOf(firm)).find(({ callbackData }) => callbackData === delivery?.id)?.id
  await deliver(world, [signed(body)])
  expect((await listRecipients(firm.owner(), {})).items[0]?.state).toBe('opted_out')
})

test('stop and resume end the same in any order: what was said last counts', async () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
    [2, 0, 1],
  ]) {
    const firm = await connectedFirm(world)
    const phone = newPhone()
    const [id] = await addRecipients(firm, [phone])
    const wish = (value: string, timestamp: number) => {
      const body = JSON.parse(aboutFirm('30-user_preferences.stop.json', firm, { phone }))
      Object.assign(body.entry[0].changes[0].value.user_preferences[0], { value, timestamp })
      return signed(body)
    }
    const wishes = [wish('stop', 1_796_000_000), wish('resume', 1_796_000_100), wish('stop', 1_796_000_200)]
    const some = order.map((index) => wishes[index] ?? wish('stop', 1))
    await deliver(
      world,
      some.filter((one) => one !== wishes[2]),
    )
    expect((await listRecipients(firm.owner(), {})).items[0]?.state).toBe('active')
    await deliver(world, some)
    expect((await listRecipients(firm.owner(), {})).items.find((item) => item.id === id)?.state).toBe('opted_out')
  }
})

test('template events end the same in any order, and only those about our template count', async () => {
  const names = [
    '31-template.status.approved',
    '32-template.status.rejected.invalid_format',
    '33-template.status.paused',
    '34-template.status.disabled',
  ]
  for (const seed of [1, 2, 3]) {
    const firm = await connectedFirm(world)
    const other = signed(
      fixture('32-template.status.rejected.invalid_format.json').replaceAll('204518830017746', firm.wabaId),
    )
    await deliver(world, [other])
    expect(await getConnection(firm.owner(), {})).toMatchObject({ templateStatus: 'APPROVED' })
    const { whatsappConnections } = schema
    const mine = eq(whatsappConnections.advisorId, firm.advisorId)
    await deliver(
      world,
      shuffled(names, seed).map((name) => signed(aboutFirm(`${name}.json`, firm))),
    )
    const [row] = await world.db.read.select().from(whatsappConnections).where(mine)
    expect(row?.templateStatus).toBe('DISABLED')
  }
})

test('every fixture is taken in and decided without an error, known number or not', { timeout: 90_000 }, async () => {
  const firm = await connectedFirm(world)
  for (const name of Object.keys(signatures.files)) {
    for (const body of [fixture(name), aboutFirm(name, firm)]) {
      await deliver(world, [signed(body)])
      expect((await eventOf(body))?.state, name).toMatch(/^(applied|parked)$/)
    }
  }
})

/** What must be the same in whatever order the webhooks came. */
async function endOf(firm: Firm, campaignId: string) {
  const rows = await deliveriesOf(world, firm, campaignId)
  const { recipients } = schema
  const people = await world.db.read.select().from(recipients).where(eq(recipients.advisorId, firm.advisorId))
  const stateOf = new Map(people.map((row) => [row.id, row.state]))
  const { state } = await getCampaign(firm.owner(), { id: campaignId })
  return {
    campaign: state,
    deliveries: rows.map(({ updatedAt: _, ...row }) => ({ ...row, recipient: stateOf.get(row.recipientId) })),
  }
}

test('webhooks in order, doubled, reversed and shuffled by twenty seeds end in the same rows', async () => {
  const firm = await connectedFirm(world)
  const phones = [...Array.from({ length: 3 }, () => newPhone()), newPhone('0000')]
  const stopped = encodeURIComponent(phones[0] ?? '')
  await control('POST', `/users/${stopped}`, { waba: firm.wabaId, marketingStopped: true })
  const { campaignId } = await makeCampaign(world, firm, phones)
  await world.drainJobs(HANDLERS)
  const say = encodeURIComponent(phones[1] ?? '')
  await control('POST', `/users/${say}/say`, { waba: firm.wabaId, text: ' STOP ' })
  const webhooks = await newWebhooks(firm, new Set())
  expect(webhooks).toHaveLength(10)

  const { consents, deliveries, recipients } = schema
  const before = await deliveriesOf(world, firm, campaignId)
  const rewind = async () => {
    for (const row of before) {
      await world.db.read
        .update(deliveries)
        .set(row)
        .where(and(eq(deliveries.advisorId, firm.advisorId), eq(deliveries.id, row.id)))
    }
    await world.db.read.update(recipients).set({ state: 'active' }).where(eq(recipients.advisorId, firm.advisorId))
    await world.db.read.update(schema.campaigns).set({ state: 'sending' }).where(eq(schema.campaigns.id, campaignId))
    await world.db.read.delete(webhookEvents).where(eq(webhookEvents.source, 'whatsapp'))
  }
  await deliver(world, webhooks)
  const expected = await endOf(firm, campaignId)
  expect(expected.campaign).toBe('completed')
  expect(expected.deliveries.map((row) => row.state).sort()).toEqual(['failed', 'failed', 'read', 'read'])
  expect(expected.deliveries.filter((row) => row.recipient === 'opted_out')).toHaveLength(2)
  const ledger = await world.db.read.select().from(consents).where(eq(consents.advisorId, firm.advisorId))

  const orders = [
    webhooks.flatMap((webhook) => [webhook, { ...webhook, ...signed(`${webhook.rawBody} `) }]),
    webhooks.toReversed(),
    ...Array.from({ length: 20 }, (_, seed) => shuffled(webhooks, seed)),
  ]
  for (const order of orders) {
    await rewind()
    for (const webhook of order) await receiveWhatsappWebhook(stranger(), webhook)
    const events = await world.db.read.select().from(webhookEvents).orderBy(asc(webhookEvents.id))
    for (const event of events) await applyWhatsappEvent(world.ctx(), { eventId: event.id })
    const end = await endOf(firm, campaignId)
    // The ledger is append-only and cannot be rewound: its rows stand already, so the people's states are compared once.
    expect(end.deliveries.map(({ recipient: _, ...row }) => row)).toEqual(
      expected.deliveries.map(({ recipient: _, ...row }) => row),
    )
    expect(end.campaign).toBe('completed')
  }
  expect(await world.db.read.select().from(consents).where(eq(consents.advisorId, firm.advisorId))).toEqual(ledger)
}, 90_000)

test('webhooks of one campaign at the same time neither deadlock nor lose anything', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 8)
  await world.drainJobs(HANDLERS)
  const webhooks = shuffled(await newWebhooks(firm, new Set()), 7)
  for (const webhook of webhooks) await receiveWhatsappWebhook(stranger(), webhook)
  const events = await world.db.read.select().from(webhookEvents).where(eq(webhookEvents.state, 'received'))
  await Promise.all(events.map((event) => applyWhatsappEvent(world.ctx(), { eventId: event.id })))
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'completed', counts: { read: 8 } })
})

test('a thousand statuses in one webhook are applied together', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 10)
  await world.drainJobs(HANDLERS)
  const rows = await deliveriesOf(world, firm, campaignId)
  const body = JSON.parse(aboutFirm('03-status.delivered.marketing.json', firm))
  const { value } = body.entry[0].changes[0]
  const [one] = value.statuses
  const messages = await messagesOf(firm)
  const at = (row: (typeof rows)[number] | undefined) => ({
    id: messages.find(({ callbackData }) => callbackData === row?.id)?.id,
    biz_opaque_callback_data: row?.id,
  })
  value.statuses = Array.from({ length: 1_000 }, (_, index) => ({ ...one, ...at(rows[index % 10]) }))
  await deliver(world, [signed(body)])
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ counts: { delivered: 10 } })
  expect(await world.auditActions(campaignId)).toEqual([
    'campaign.created',
    'campaign.dispatched',
    'campaign.progressed',
    'campaign.completed',
  ])
})
