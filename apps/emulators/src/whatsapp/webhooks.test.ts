import { createHmac } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { fixtureNames, fixtureText, shapeOf } from '../../testing/fixtures.ts'
import {
  APP,
  approvedTemplate,
  type Delivery,
  NUMBER,
  RAVI,
  SEND,
  templateMessage,
  textMessage,
  WABA,
  type WhatsappWorld,
  webhookReceiver,
  whatsappWorld,
} from '../../testing/whatsapp-world.ts'
import { signature, webhookBytes } from './webhook-body.ts'

/** Not named as JSON, so that no formatter touches its bytes. */
const RAW = 'whatsapp/90-raw-escaped.inbound.txt'

const sign = (bytes: string | Buffer, secret = APP.appSecret) =>
  `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`

const advance = (world: WhatsappWorld, seconds: number) => world.control('/clock', { wabaId: WABA, advance_s: seconds })

const say = (world: WhatsappWorld, text: string) => world.control(`/users/${RAVI}/say`, { wabaId: WABA, text })

const last = async (world: WhatsappWorld) => (await world.deliveries()).at(-1) as Delivery

const envelope = (delivery: Delivery) => JSON.parse(delivery.body)

const recorded = (start: string) => {
  const name = fixtureNames('whatsapp/webhooks').find((each) => each.startsWith(start))
  return JSON.parse(fixtureText(`whatsapp/webhooks/${name}`))
}

/** Numbers of statuses in the order in which the webhooks were made. */
async function statuses(world: WhatsappWorld): Promise<string[]> {
  const values = (await world.values()) as { statuses?: { status: string }[] }[]
  return values.flatMap((value) => value.statuses?.map((each) => each.status) ?? [])
}

describe('the bytes of a webhook', () => {
  test('are escaped as Meta escapes them', () => {
    const bytes = fixtureText(RAW)
    expect(webhookBytes(JSON.parse(bytes))).toBe(bytes)
  })

  test('are signed as recorded', () => {
    const { files, app_secret } = JSON.parse(fixtureText('whatsapp/signatures.json'))
    expect(signature(app_secret, fixtureText(RAW))).toBe(files['90-raw-escaped.inbound.json'].signature)
  })

  test('verify as they came and not once parsed and written again', async () => {
    const world = await whatsappWorld()
    const receiver = await webhookReceiver()
    await world.control('/webhook/subscribe', { wabaId: WABA, url: receiver.url, verifyToken: APP.verifyToken })
    await say(world, 'café <b> 50% a@b.in 😀 https://x.in/y')
    await world.control('/deliver', { wabaId: WABA })
    const [received] = receiver.received
    expect(received?.headers['x-hub-signature-256']).toBe(sign(received?.body ?? ''))
    expect(received?.body.toString()).toBe((await last(world)).body)
    const rewritten = JSON.stringify(JSON.parse(String(received?.body)))
    expect(received?.headers['x-hub-signature-256']).not.toBe(sign(rewritten))
  })
})

describe('what webhooks say', () => {
  test('a message climbs from sent over delivered to read by the clock, with our data, and is priced once', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    await world.graph('POST', SEND, templateMessage(RAVI))
    const before = (await world.deliveries()).length
    await advance(world, 1)
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('01')))
    await advance(world, 2)
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('03')))
    await advance(world, 7)
    expect(await statuses(world)).toEqual(['sent', 'delivered', 'read'])
    expect((await world.deliveries()).length).toBe(before + 3)
    const priced = (await world.deliveries()).filter((delivery) => delivery.body.includes('"pricing":'))
    expect(priced).toHaveLength(1)
  })

  test('a phone that ends in 0000 is not on WhatsApp: accepted, then failed with 131026', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    const { biz_opaque_callback_data: _, ...message } = templateMessage('+919876500000')
    expect((await world.graph('POST', SEND, message)).status).toBe(200)
    await advance(world, 60)
    expect(await statuses(world)).toEqual(['failed'])
    const failed = envelope(await last(world))
    expect(shapeOf(failed)).toEqual(shapeOf(recorded('08')))
    expect(failed.entry[0].changes[0].value.statuses[0].errors[0].code).toBe(131026)
  })

  test.each([
    ['stopped', '09', 131050],
    ['capped', '07', 131049],
  ])('marketing to somebody who is %s fails later', async (what, fixture, code) => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    await world.control(`/users/${RAVI}`, {
      wabaId: WABA,
      ...(what === 'stopped' ? { marketingStopped: true } : { marketingCapped: true }),
    })
    const { biz_opaque_callback_data, ...message } = templateMessage(RAVI)
    await world.graph('POST', SEND, what === 'capped' ? { ...message, biz_opaque_callback_data } : message)
    await advance(world, 60)
    const failed = envelope(await last(world))
    expect(shapeOf(failed)).toEqual(shapeOf(recorded(fixture)))
    expect(failed.entry[0].changes[0].value.statuses[0].errors[0].code).toBe(code)
  })

  test('text outside the window can also fail later, where that is set', async () => {
    const world = await whatsappWorld()
    await world.control(`/numbers/${NUMBER}`, { windowErrors: 'async' })
    expect((await world.graph('POST', SEND, textMessage(RAVI))).status).toBe(200)
    await advance(world, 60)
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('10')))
  })

  test('what a person writes, presses and prefers', async () => {
    const world = await whatsappWorld()
    await say(world, 'Is the offer still on? 😀')
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('20')))
    const button = { text: 'Stop promotions', payload: 'UNSUBSCRIBE_ALL' }
    await world.control(`/users/${RAVI}/say`, { wabaId: WABA, button, replyTo: 'wamid.x' })
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('22')))
    await world.control(`/users/${RAVI}/stop`, { wabaId: WABA })
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('30')))
    await world.control(`/users/${RAVI}/resume`, { wabaId: WABA })
    expect((await world.values()).at(-1)?.user_preferences).toMatchObject([{ value: 'resume' }])
  })

  test('somebody who hides their phone number is known by their business-scoped id alone', async () => {
    const world = await whatsappWorld()
    await world.control(`/users/${RAVI}`, { wabaId: WABA, hidePhone: true, username: 'meera.kesar' })
    await say(world, 'Hi, price?')
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('25')))
    expect((await last(world)).body).not.toContain('919876501234","')
  })

  test('the decision on a template, with the id as a number', async () => {
    const world = await whatsappWorld()
    const id = await approvedTemplate(world)
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('31')))
    expect((await world.values()).at(-1)?.message_template_id).toBe(Number(id))
    await world.control(`/templates/${id}/decide`, { status: 'REJECTED', reason: 'INVALID_FORMAT' })
    expect(shapeOf(envelope(await last(world)))).toEqual(shapeOf(recorded('32')))
  })

  test.each([
    ['read_without_delivered', ['sent', 'read']],
    ['delivered_after_read', ['sent', 'read', 'delivered']],
    ['failed_after_sent', ['sent', 'failed']],
    ['silent', []],
  ])('the ladder %s', async (ladder, expected) => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    await world.control(`/numbers/${NUMBER}`, { ladder })
    await world.graph('POST', SEND, templateMessage(RAVI))
    await advance(world, 60)
    expect(await statuses(world)).toEqual(expected)
  })

  test('nothing at all for an account that no app is subscribed to', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    await world.graph('DELETE', `/v25.0/${WABA}/subscribed_apps`)
    const before = (await world.deliveries()).length
    expect((await world.graph('POST', SEND, templateMessage(RAVI))).status).toBe(200)
    await say(world, 'Hello?')
    await advance(world, 60)
    expect((await world.deliveries()).length).toBe(before)
  })
})

describe('how webhooks arrive', () => {
  test('only 200 counts: anything else is tried again after growing gaps', async () => {
    const world = await whatsappWorld()
    const receiver = await webhookReceiver((count) => [500, 204, 200][count] ?? 200)
    await world.control('/webhook/subscribe', { url: receiver.url, verifyToken: APP.verifyToken })
    await say(world, 'Hello')
    const push = async () => (await world.control('/deliver', { wabaId: WABA })).body.deliveries
    expect(await push()).toMatchObject([{ lastStatus: 500, status: 'queued' }])
    expect(await push()).toEqual([])
    await advance(world, 1)
    expect(await push()).toMatchObject([{ lastStatus: 204, status: 'queued' }])
    await advance(world, 1)
    expect(await push()).toEqual([])
    await advance(world, 1)
    expect(await push()).toMatchObject([{ lastStatus: 200, status: 'delivered' }])
    await advance(world, 600)
    expect(await push()).toEqual([])
    const bodies = receiver.received.map((received) => received.body.toString())
    expect(new Set(bodies).size).toBe(1)
  })

  test('in the order asked for, and again by id', async () => {
    const world = await whatsappWorld()
    const receiver = await webhookReceiver()
    await world.control('/webhook/subscribe', { url: receiver.url, verifyToken: APP.verifyToken })
    for (const text of ['1', '2', '3', '4', '5']) await say(world, text)
    const texts = () =>
      receiver.received
        .splice(0)
        .map(({ body }) => JSON.parse(String(body)).entry[0].changes[0].value.messages[0].text.body)
    const ids = (await world.deliveries()).map((delivery) => delivery.id)
    await world.control('/deliver', { wabaId: WABA, mode: 'reverse' })
    expect(texts()).toEqual(['5', '4', '3', '2', '1'])
    await world.control('/deliver', { ids, mode: 'fifo' })
    expect(texts()).toEqual(['1', '2', '3', '4', '5'])
    await world.control('/deliver', { ids, mode: 'shuffle', seed: 7 })
    const shuffled = texts()
    await world.control('/deliver', { ids, mode: 'shuffle', seed: 7 })
    expect(texts()).toEqual(shuffled)
    expect(shuffled.toSorted()).toEqual(['1', '2', '3', '4', '5'])
    await world.control('/deliver', { ids, parallel: true })
    expect(texts().toSorted()).toEqual(['1', '2', '3', '4', '5'])
  })

  test('an address that does not pass the handshake gets none', async () => {
    const world = await whatsappWorld()
    const receiver = await webhookReceiver()
    const refused = await world.control('/webhook/subscribe', { url: receiver.url, verifyToken: 'wrong' })
    expect(refused).toMatchObject({ status: 400, body: { verified: false } })
    const override = { override_callback_uri: receiver.url, verify_token: 'wrong' }
    const alsoRefused = await world.graph('POST', `/v25.0/${WABA}/subscribed_apps`, override)
    expect(alsoRefused.body.error?.code).toBe(2200)
    await say(world, 'Hello')
    await world.control('/deliver', { wabaId: WABA })
    expect(receiver.received).toEqual([])
    await world.graph('POST', `/v25.0/${WABA}/subscribed_apps`, { ...override, verify_token: APP.verifyToken })
    await world.control('/deliver', { wabaId: WABA })
    expect(receiver.received).toHaveLength(1)
  })

  test('to the address of the settings only when it passes the handshake with the token of the settings', async () => {
    const receiver = await webhookReceiver()
    const world = await whatsappWorld({ webhookUrl: receiver.url })
    await say(world, 'Hello')
    await world.control('/deliver', { wabaId: WABA })
    expect(receiver.received).toHaveLength(1)
    const stranger = await whatsappWorld({ webhookUrl: receiver.url, verifyToken: 'wrong' })
    await say(stranger, 'Hello')
    await stranger.control('/deliver', { wabaId: WABA })
    expect(receiver.received).toHaveLength(1)
  })

  test('by themselves where the double runs by itself, until the answer is 200', async () => {
    const receiver = await webhookReceiver((count) => (count === 0 ? 503 : 200))
    const world = await whatsappWorld({ auto: true, webhookUrl: receiver.url })
    const body = {
      name: 'auto',
      language: 'en',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Your order is ready.' }],
    }
    const created = await world.graph('POST', `/v25.0/${WABA}/message_templates`, body)
    expect(created.body.status).toBe('PENDING')
    const status = async () => (await world.graph('GET', `/v25.0/${created.body.id}`)).body.status
    await expect.poll(status).toBe('APPROVED')
    const message = {
      messaging_product: 'whatsapp',
      to: RAVI,
      type: 'template',
      template: { name: 'auto', language: { code: 'en' } },
    }
    await world.graph('POST', SEND, message)
    await vi.waitFor(
      async () => {
        expect(await statuses(world)).toEqual(['sent', 'delivered', 'read'])
        expect((await world.deliveries()).map((delivery) => delivery.status)).toEqual(Array(4).fill('delivered'))
      },
      { timeout: 10_000 },
    )
    expect(receiver.received).toHaveLength(5)
  })
})
