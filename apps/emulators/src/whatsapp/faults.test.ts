import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  APP,
  approvedTemplate,
  RAVI,
  SEND,
  templateMessage,
  WABA,
  type WhatsappWorld,
  webhookReceiver,
  whatsappWorld,
} from '../../testing/whatsapp-world.ts'

async function prepared(): Promise<WhatsappWorld> {
  const world = await whatsappWorld()
  await approvedTemplate(world)
  return world
}

const order = (world: WhatsappWorld, fields: object, match: object = { path_regex: '/messages$' }) =>
  world.control('/faults', { match: { waba: WABA, ...match }, ...fields })

const send = (world: WhatsappWorld) => world.graph('POST', SEND, templateMessage(RAVI))

/** How many messages the double took. */
async function taken(world: WhatsappWorld): Promise<number> {
  return JSON.parse((await world.control(`/messages?waba=${WABA}`)).text).length
}

describe('faults of calls', () => {
  test('reset_before cuts the connection and nothing was done', async () => {
    const world = await prepared()
    await order(world, { kind: 'reset_before' })
    await expect(send(world)).rejects.toThrow('fetch failed')
    expect(await taken(world)).toBe(0)
    expect((await send(world)).status).toBe(200)
  })

  test('reset_after cuts the connection and the message is on its way', async () => {
    const world = await prepared()
    await order(world, { kind: 'reset_after' })
    await expect(send(world)).rejects.toThrow('fetch failed')
    expect(await taken(world)).toBe(1)
  })

  test('hang_after does the work and does not answer', async () => {
    const world = await prepared()
    await order(world, { kind: 'hang_after', seconds: 0.2 })
    const started = performance.now()
    await expect(send(world)).rejects.toThrow('fetch failed')
    expect(performance.now() - started).toBeGreaterThan(180)
    expect(await taken(world)).toBe(1)
  })

  test('slow answers late and rightly', async () => {
    const world = await prepared()
    await order(world, { kind: 'slow', ms: 150 })
    const started = performance.now()
    expect((await send(world)).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(140)
  })

  test.each([500, 502, 503, 504])('status %i as JSON and as HTML, and nothing was done', async (status) => {
    const world = await prepared()
    await order(world, { kind: 'status', status, body: 'html' })
    await order(world, { kind: 'status', status })
    const html = await send(world)
    expect([html.status, html.text.startsWith('<!DOCTYPE html>')]).toEqual([status, true])
    expect(await send(world)).toMatchObject({ status, body: { error: { code: 131016 } } })
    expect(await taken(world)).toBe(0)
  })

  test.each([
    [130429, 400],
    [80007, 429],
    [131056, 400],
  ])('rate_429 with code %i as HTTP %i', async (code, http) => {
    const world = await prepared()
    await order(world, { kind: 'rate_429', code, http })
    expect(await send(world)).toMatchObject({ status: http, body: { error: { code } } })
    expect(await taken(world)).toBe(0)
  })

  test('auth refuses the token', async () => {
    const world = await prepared()
    await order(world, { kind: 'auth' })
    expect(await send(world)).toMatchObject({ status: 401, body: { error: { code: 190 } } })
  })

  test.each(['truncated_json', 'empty_200'])('%s leaves nothing to parse although the work is done', async (kind) => {
    const world = await prepared()
    await order(world, { kind })
    const answer = await send(world)
    expect(answer.status).toBe(200)
    expect(() => JSON.parse(answer.text)).toThrow()
    expect(await taken(world)).toBe(1)
  })

  test('a fault strikes as often as ordered, from the n-th match on, and only its own account', async () => {
    const world = await prepared()
    const other = await world.connect('55', '66')
    await order(world, { kind: 'auth', times: 2 }, { nth: 2, method: 'get' })
    const read = async () => (await world.graph('GET', `/v25.0/${WABA}`)).status
    expect([await read(), await read(), await read(), await read()]).toEqual([200, 401, 401, 200])
    await order(world, { kind: 'auth' })
    expect((await world.graph('GET', '/v25.0/66', undefined, other)).status).toBe(200)
    expect((await send(world)).status).toBe(401)
  })

  test('an unknown fault is refused', async () => {
    const world = await whatsappWorld()
    expect((await world.control('/faults', { kind: 'flood' })).status).toBe(400)
    expect((await world.control('/faults', { kind: 'auth', surprise: 1 })).status).toBe(400)
  })
})

describe('faults of webhooks', () => {
  const receive = async (world: WhatsappWorld) => {
    const receiver = await webhookReceiver()
    await world.control('/webhook/subscribe', { wabaId: WABA, url: receiver.url, verifyToken: APP.verifyToken })
    return receiver
  }
  const spoil = (world: WhatsappWorld, fields: object) =>
    order(world, { kind: 'webhook', ...fields }, { field: 'messages' })
  const say = (world: WhatsappWorld, text: string) => world.control(`/users/${RAVI}/say`, { wabaId: WABA, text })
  const push = (world: WhatsappWorld) => world.control('/deliver', { wabaId: WABA })

  test('duplicate, drop, delay and reorder', async () => {
    const world = await whatsappWorld()
    const receiver = await receive(world)
    await spoil(world, { effect: 'duplicate', n: 3 })
    await say(world, 'thrice')
    await spoil(world, { effect: 'drop' })
    await say(world, 'never')
    await spoil(world, { effect: 'reorder' })
    await say(world, 'overtaken')
    await say(world, 'overtaking')
    await push(world)
    await world.control('/clock', { wabaId: WABA, advance_s: 2 })
    await push(world)
    const texts = receiver.received.map(({ body }) => /"body":"(\w+)"/.exec(String(body))?.[1])
    expect(texts).toEqual(['thrice', 'thrice', 'thrice', 'overtaking', 'overtaken'])
  })

  test('bad_signature, no_signature, old_secret and re_serialised', async () => {
    const world = await whatsappWorld()
    const receiver = await receive(world)
    const effects = [
      { effect: 'bad_signature' },
      { effect: 'no_signature' },
      { effect: 'old_secret', secret: 'the former one' },
      { effect: 're_serialised' },
    ]
    for (const effect of effects) {
      await spoil(world, effect)
      await say(world, 'https://x.in/é')
      await push(world)
    }
    const sign = (body: Buffer | undefined, secret: string) =>
      `sha256=${createHmac('sha256', secret)
        .update(body ?? '')
        .digest('hex')}`
    const [bad, none, old, rewritten] = receiver.received
    expect(bad?.headers['x-hub-signature-256']).toMatch(/^sha256=[0-9a-f]{64}$/)
    expect(bad?.headers['x-hub-signature-256']).not.toBe(sign(bad?.body, APP.appSecret))
    expect(none?.headers['x-hub-signature-256']).toBeUndefined()
    expect(old?.headers['x-hub-signature-256']).toBe(sign(old?.body, 'the former one'))
    expect(rewritten?.headers['x-hub-signature-256']).not.toBe(sign(rewritten?.body, APP.appSecret))
    expect(String(rewritten?.body)).toContain('https://x.in/é')
  })

  test('before_response lets the first status arrive before the call is answered', async () => {
    const world = await prepared()
    const receiver = await receive(world)
    await push(world)
    receiver.received.length = 0
    await order(world, { kind: 'webhook', effect: 'before_response' })
    let arrivedFirst = false
    await send(world).then(() => {
      arrivedFirst = receiver.received.length === 1
    })
    expect(arrivedFirst).toBe(true)
    expect(String(receiver.received[0]?.body)).toContain('"status":"sent"')
  })
})
