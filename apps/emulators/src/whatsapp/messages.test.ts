import { describe, expect, test } from 'vitest'
import {
  approvedTemplate,
  NUMBER,
  RAVI,
  SEND,
  templateMessage,
  textMessage,
  WABA,
  type WhatsappWorld,
  whatsappWorld,
} from '../../testing/whatsapp-world.ts'

const code = async (world: WhatsappWorld, body: unknown) => (await world.graph('POST', SEND, body)).body.error?.code

const advance = (world: WhatsappWorld, seconds: number) => world.control('/clock', { wabaId: WABA, advance_s: seconds })

const say = (world: WhatsappWorld, text = 'Hi') => world.control(`/users/${RAVI}/say`, { wabaId: WABA, text })

describe('sending', () => {
  test.each([
    ['no JSON', '{"to":', 100],
    ['no product', { to: RAVI, type: 'text', text: { body: 'x' } }, 100],
    ['an unknown key', { ...textMessage(RAVI), colour: 'red' }, 100],
    ['an unknown key inside', { ...textMessage(RAVI), text: { body: 'x', font: 'bold' } }, 100],
    ['no recipient', { messaging_product: 'whatsapp', type: 'text', text: { body: 'x' } }, 131008],
    ['no text', { messaging_product: 'whatsapp', to: RAVI, type: 'text' }, 131008],
    ['text that is too long', textMessage(RAVI, 'x'.repeat(4_097)), 131009],
    ['a recipient that is no number', textMessage('Ravi'), 131009],
    ['our data too long', { ...textMessage(RAVI), biz_opaque_callback_data: 'x'.repeat(513) }, 131009],
    ['a type that the double does not play', { messaging_product: 'whatsapp', to: RAVI, type: 'sticker' }, 131051],
  ])('with %s is refused', async (_, body, expected) => {
    const world = await whatsappWorld()
    await say(world)
    expect(await code(world, body)).toBe(expected)
  })

  test.each([
    ['PENDING', 132001],
    ['REJECTED', 132001],
    ['PAUSED', 132015],
    ['DISABLED', 132016],
    ['APPROVED', undefined],
  ])('a template that is %s', async (status, expected) => {
    const world = await whatsappWorld()
    await approvedTemplate(world, status)
    expect(await code(world, templateMessage(RAVI))).toBe(expected)
  })

  test.each([
    ['too few parameters', ['Ravi'], 132000],
    ['too many parameters', ['Ravi', '500', 'more'], 132000],
    ['a line break', ['Ravi', 'a\nb'], 132012],
    ['a tab', ['Ravi', 'a\tb'], 132012],
    ['four spaces', ['Ravi', 'a    b'], 132012],
    ['three spaces', ['Ravi', 'a   b'], undefined],
    ['text that makes the body too long', ['Ravi', 'x'.repeat(1_000)], 132005],
  ])('a template with %s', async (_, parameters, expected) => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    expect(await code(world, templateMessage(RAVI, parameters))).toBe(expected)
  })

  test('the checks come in order: number, payment, body, window, template', async () => {
    const world = await whatsappWorld()
    await world.control(`/numbers/${NUMBER}`, { registered: false, paymentMissing: true })
    expect(await code(world, {})).toBe(133010)
    await world.control(`/numbers/${NUMBER}`, { registered: true })
    expect(await code(world, {})).toBe(131042)
    await world.control(`/numbers/${NUMBER}`, { paymentMissing: false })
    expect(await code(world, {})).toBe(100)
    expect(await code(world, textMessage(RAVI))).toBe(131047)
    expect(await code(world, templateMessage(RAVI))).toBe(132001)
  })

  test('two equal calls send two messages', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    const send = async () => (await world.graph('POST', SEND, templateMessage(RAVI))).body.messages
    expect(await send()).not.toEqual(await send())
    const messages = JSON.parse((await world.control(`/messages?waba=${WABA}`)).text)
    expect(messages.map((message: { text: string }) => message.text)).toEqual(
      Array(2).fill('Hi Ravi, ₹500 off until Sunday at our store.'),
    )
  })

  test('free text goes out for 24 hours after the person wrote, to that number', async () => {
    const world = await whatsappWorld()
    await say(world)
    await advance(world, 24 * 3_600 - 1)
    expect(await code(world, textMessage(RAVI))).toBeUndefined()
    await advance(world, 1)
    expect(await code(world, textMessage(RAVI))).toBe(131047)
  })

  test('a person gets up to 45 messages ahead of one every six seconds, others go on', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    for (let count = 0; count < 45; count++) expect(await code(world, templateMessage(RAVI))).toBeUndefined()
    expect(await code(world, templateMessage(RAVI))).toBe(131056)
    expect(await code(world, templateMessage('+919876509999'))).toBeUndefined()
    await advance(world, 45 * 6)
    expect(await code(world, templateMessage(RAVI))).toBeUndefined()
  })

  test('an inbound message can be shown as read, another cannot', async () => {
    const world = await whatsappWorld()
    const { id } = (await say(world)).body
    const read = { messaging_product: 'whatsapp', status: 'read' }
    expect((await world.graph('POST', SEND, { ...read, message_id: id })).body).toEqual({ success: true })
    expect(await code(world, { ...read, message_id: 'wamid.unknown' })).toBe(100)
  })

  test('a business-scoped id that nobody has is accepted for a template and fails later', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    const { to: _, ...message } = templateMessage(RAVI)
    const recipient = 'IN.77120394856610293847'
    const { body } = await world.graph('POST', SEND, { ...message, recipient })
    expect(body.contacts).toEqual([{ input: recipient, user_id: recipient }])
    await advance(world, 60)
    expect((await world.values()).at(-1)?.statuses).toMatchObject([
      { status: 'failed', recipient_user_id: recipient, errors: [{ code: 131026 }] },
    ])
  })
})

describe('prices', () => {
  const AFTER = '2026-12-01T00:00:00Z'

  async function priceOf(world: WhatsappWorld, body: unknown) {
    await world.graph('POST', SEND, body)
    await advance(world, 60)
    const values = (await world.values()) as { statuses?: { pricing?: object }[] }[]
    return values.flatMap((value) => value.statuses ?? []).findLast((status) => status.pricing)?.pricing
  }

  test('service messages are free up to a thousand a month, utility ones are not, not even in the window', async () => {
    const world = await whatsappWorld()
    await world.control('/clock', { wabaId: WABA, now: AFTER })
    await approvedTemplate(world, 'APPROVED', 'UTILITY')
    await say(world)
    expect(await priceOf(world, textMessage(RAVI))).toEqual({
      billable: false,
      pricing_model: 'PMP',
      type: 'free_customer_service',
      category: 'service',
    })
    expect(await priceOf(world, templateMessage(RAVI, ['a', 'b'], 'UTILITY'))).toEqual({
      billable: true,
      pricing_model: 'PMP',
      type: 'regular',
      category: 'utility',
    })
  })
})

describe('the control of the double', () => {
  test('reset forgets one account and leaves the others', async () => {
    const world = await whatsappWorld()
    const other = await world.connect('55', '66')
    await world.control('/users/919876501234/say', { wabaId: '55', text: 'Hi' })
    await say(world)
    await world.control('/reset', { wabaId: WABA })
    expect((await world.graph('GET', `/v25.0/${WABA}`)).body.error?.code).toBe(190)
    expect(await world.deliveries()).toEqual([])
    expect((await world.graph('GET', '/v25.0/55', undefined, other)).status).toBe(200)
    expect(await world.deliveries('55')).toHaveLength(1)
  })

  test('the time of one account moves without the others', async () => {
    const world = await whatsappWorld()
    await world.connect('55', '66')
    const now = async (waba: string) => Date.parse(String((await world.control(`/clock?waba=${waba}`)).body.now))
    const [mine, theirs] = [await now(WABA), await now('55')]
    await advance(world, 60)
    expect([(await now(WABA)) - mine, (await now('55')) - theirs]).toEqual([60_000, 0])
    await world.control('/clock', { advance_s: 10 })
    expect([(await now(WABA)) - mine, (await now('55')) - theirs]).toEqual([70_000, 10_000])
    expect((await world.control('/clock', { wabaId: WABA, now: '2020-01-01T00:00:00Z' })).status).toBe(400)
  })

  test('calls are written down with their answers and without credentials', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    await world.graph('POST', SEND, templateMessage(RAVI))
    const calls = JSON.parse((await world.control(`/calls?path=/messages&waba=${WABA}`)).text)
    expect(calls).toMatchObject([
      { method: 'POST', path: SEND, body: templateMessage(RAVI), answer: { status: 200 }, fault: null },
    ])
    const all = (await world.control(`/calls?waba=${WABA}`)).text
    expect(all).not.toContain('EAA')
    expect(all).not.toContain('wa_app_secret_kesar')
    expect(all).not.toContain('581063')
    const since = JSON.parse((await world.control(`/calls?since=${calls[0].id}`)).text)
    expect(since).toEqual([])
  })

  test('wrong bodies and paths are refused', async () => {
    const world = await whatsappWorld()
    for (const [path, body] of [
      ['/clock', { advance: 1 }],
      ['/deliver', { mode: 'sideways' }],
      ['/users/abc/say', { wabaId: WABA, text: 'x' }],
      ['/users/919876501234/say', { wabaId: 'none', text: 'x' }],
      ['/templates/1/decide', { status: 'APPROVED' }],
      [`/numbers/${NUMBER}`, { colour: 'red' }],
    ] as const) {
      expect([path, (await world.control(path, body)).status]).toEqual([path, 400])
    }
    expect((await world.control('/nothing')).status).toBe(404)
  })
})

describe('the page of the phones', () => {
  test('shows what people received, escaped, and lets them write back', async () => {
    const world = await whatsappWorld()
    await approvedTemplate(world)
    await world.graph('POST', SEND, templateMessage(RAVI, ['<script>alert(1)</script>', '&']))
    const page = await (await fetch(`${world.url}/phone`)).text()
    expect(await (await fetch(world.url)).text()).toBe(page)
    expect(page).toContain('Hi &lt;script&gt;alert(1)&lt;/script&gt;, &amp; off until Sunday')
    expect(page).not.toContain('<script>')
    const form = new URLSearchParams({ number: NUMBER, person: '919876501234', text: 'STOP' })
    const answer = await fetch(`${world.url}/reply`, { method: 'POST', body: form, redirect: 'manual' })
    expect(answer.status).toBe(303)
    expect((await world.values()).at(-1)?.messages).toMatchObject([{ type: 'text', text: { body: 'STOP' } }])
  })
})

test('a portfolio reaches so many new persons in 24 hours, and whoever wrote does not count', async () => {
  const world = await whatsappWorld()
  await approvedTemplate(world)
  await world.control(`/waba/${WABA}`, { dailyPeople: 2 })
  await say(world)
  expect(await code(world, templateMessage(RAVI))).toBeUndefined()
  expect(await code(world, templateMessage('919876500001'))).toBeUndefined()
  expect(await code(world, templateMessage('919876500002'))).toBeUndefined()
  expect(await code(world, templateMessage('919876500003'))).toBe(131048)
  expect(await code(world, templateMessage('919876500002'))).toBeUndefined()
  await advance(world, 86_401)
  expect(await code(world, templateMessage('919876500003'))).toBeUndefined()
})

test('who takes another number is told under the old one, and has another id from then on', async () => {
  const world = await whatsappWorld()
  await say(world)
  const newest = async () => (await world.values()).at(-1) as { messages: { from: string; from_user_id: string }[] }
  const before = (await newest()).messages[0]
  await world.control(`/users/${RAVI}/change_number`, { wabaId: WABA, newPhone: '919876509999' })
  const told = await newest()
  expect(told).not.toHaveProperty('contacts')
  expect(told.messages).toMatchObject([
    { from: RAVI.slice(1), type: 'system', system: { type: 'user_changed_number', wa_id: '919876509999' } },
  ])
  await world.control('/users/919876509999/say', { wabaId: WABA, text: 'It is me' })
  const after = (await newest()).messages[0]
  expect(after?.from).toBe('919876509999')
  expect(after?.from_user_id).not.toBe(before?.from_user_id)
})
