import { describe, expect, test } from 'vitest'
import {
  APP,
  NUMBER,
  RAVI,
  SEND,
  textMessage,
  WABA,
  type WhatsappWorld,
  whatsappWorld,
} from '../../testing/whatsapp-world.ts'

const redeem = (world: WhatsappWorld, code: string, change: object = {}) => {
  const query = new URLSearchParams({ client_id: APP.appId, client_secret: APP.appSecret, code, ...change })
  return world.graph('GET', `/v25.0/oauth/access_token?${query}`)
}

const register = (world: WhatsappWorld, pin: string) =>
  world.graph('POST', `/v25.0/${NUMBER}/register`, { messaging_product: 'whatsapp', pin })

describe('connecting', () => {
  test('a code is redeemed once, with the app and its secret', async () => {
    const world = await whatsappWorld()
    expect((await redeem(world, 'signup:1:2', { client_id: 'other' })).status).toBe(400)
    expect((await redeem(world, 'signup:1:2', { client_secret: 'other' })).status).toBe(400)
    expect((await redeem(world, 'nonsense')).body.error?.code).toBe(100)
    expect((await redeem(world, 'signup:1:2')).status).toBe(200)
    expect((await redeem(world, 'signup:1:2')).body.error?.code).toBe(100)
    expect((await redeem(world, 'signup:1:2:again')).status).toBe(200)
  })

  test('a number of another account is refused', async () => {
    const world = await whatsappWorld()
    expect((await redeem(world, `signup:999:${NUMBER}`)).body.error?.code).toBe(100)
  })

  test('a token sees its own account and number and those of nobody else', async () => {
    const world = await whatsappWorld()
    const other = await world.connect('55', '66')
    for (const path of [`/v25.0/${WABA}`, `/v25.0/${NUMBER}`, `/v25.0/${WABA}/message_templates`, '/v25.0/404']) {
      const answer = await world.graph('GET', path, undefined, other)
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 100, error_subcode: 33 } } })
    }
    expect((await world.graph('POST', SEND, textMessage(RAVI), other)).body.error?.error_subcode).toBe(33)
    expect((await world.graph('GET', `/v25.0/${WABA}`, undefined, 'EAAwrong')).body.error?.code).toBe(190)
  })

  test('the tokens of an account that left the app are dead', async () => {
    const world = await whatsappWorld()
    const value = { event: 'PARTNER_REMOVED', waba_info: { waba_id: WABA, owner_business_id: '1' } }
    await world.control(`/waba/${WABA}/event`, { field: 'account_update', value })
    expect((await world.values()).at(-1)).toEqual(value)
    expect((await world.graph('GET', `/v25.0/${WABA}`)).body.error?.code).toBe(190)
  })

  test('unknown paths and methods are refused', async () => {
    const world = await whatsappWorld()
    for (const path of [`/v25.0/${NUMBER}/media`, `/v25.0/${NUMBER}/messages`, '/v25.0/a/b/c']) {
      expect((await world.graph('GET', path)).body.error?.code).toBe(2500)
    }
    expect((await world.graph('GET', '/elsewhere')).status).toBe(404)
  })
})

describe('a number', () => {
  test('sends nothing before it is registered', async () => {
    const world = await whatsappWorld()
    await world.graph('POST', `/v25.0/${NUMBER}/deregister`)
    expect((await world.graph('GET', `/v25.0/${NUMBER}?fields=status`)).body).toEqual({ status: 'PENDING', id: NUMBER })
    expect((await world.graph('POST', SEND, textMessage(RAVI))).body.error?.code).toBe(133010)
  })

  test('keeps its first PIN, and takes ten registrations in 72 hours', async () => {
    const world = await whatsappWorld()
    expect((await register(world, '12345')).body.error?.code).toBe(100)
    expect((await register(world, '000000')).body.error?.code).toBe(133005)
    for (let count = 3; count <= 10; count++) expect((await register(world, '581063')).status).toBe(200)
    expect((await register(world, '581063')).body.error?.code).toBe(133016)
    await world.control('/clock', { wabaId: WABA, advance_s: 72 * 3_600 + 1 })
    expect((await register(world, '581063')).status).toBe(200)
  })

  test('is verified by the code that was sent to it, and not registered before', async () => {
    const world = await whatsappWorld()
    await world.control(`/numbers/${NUMBER}`, { verified: false })
    expect((await register(world, '581063')).body.error?.code).toBe(133006)
    expect((await world.graph('POST', `/v25.0/${NUMBER}/verify_code`, { code: '123456' })).body.error?.code).toBe(
      136025,
    )
    const ask = () => world.graph('POST', `/v25.0/${NUMBER}/request_code`, { code_method: 'SMS', language: 'en_US' })
    expect((await ask()).body).toEqual({ success: true })
    const { verificationCode: code } = (await world.control(`/numbers/${NUMBER}`, {})).body
    expect((await world.graph('POST', `/v25.0/${NUMBER}/verify_code`, { code })).body).toEqual({ success: true })
    expect((await ask()).body.error?.code).toBe(136024)
    expect((await register(world, '581063')).status).toBe(200)
  })

  test('says whether it can send, and what stands against it', async () => {
    const world = await whatsappWorld()
    const health = async () => (await world.graph('GET', `/v25.0/${NUMBER}?fields=health_status`)).body.health_status
    expect(await health()).toMatchObject({ can_send_message: 'AVAILABLE' })
    await world.control(`/numbers/${NUMBER}`, { paymentMissing: true })
    const waba = { entity_type: 'WABA', can_send_message: 'BLOCKED', errors: [{ error_code: 141006 }] }
    expect(await health()).toMatchObject({ can_send_message: 'BLOCKED', entities: [{}, waba] })
  })

  test('shows only the fields that were asked for', async () => {
    const world = await whatsappWorld()
    const { body } = await world.graph('GET', `/v25.0/${NUMBER}?fields=quality_rating,status`)
    expect(body).toEqual({ id: NUMBER, quality_rating: 'GREEN', status: 'CONNECTED' })
    expect((await world.graph('GET', `/v25.0/${NUMBER}?fields=mood`)).body.error?.code).toBe(100)
    expect((await world.graph('GET', `/v25.0/${WABA}/phone_numbers?fields=status`)).body).toMatchObject({
      data: [{ id: NUMBER, status: 'CONNECTED' }],
    })
  })
})

describe('templates', () => {
  const path = `/v25.0/${WABA}/message_templates`
  const template = (change: object = {}, text = 'Hi {{1}}, thank you.', examples: string[] = ['Ravi']) => ({
    name: 'thanks',
    language: 'en',
    category: 'UTILITY',
    components: [{ type: 'BODY', text, example: { body_text: [examples] } }],
    ...change,
  })

  test.each([
    ['a variable at the end', template({}, 'Thank you {{1}}'), 2388299],
    ['a variable at the start', template({}, '{{1}} thanks you.'), 2388299],
    ['a body that is too long', template({}, 'x'.repeat(1_025), []), 2388040],
    ['variables out of order', template({}, 'Hi {{2}}, thank you.'), 2388072],
    ['variables side by side', template({}, 'Hi {{1}}{{2}} thank you.', ['a', 'b']), 2388072],
    ['a variable without an example', template({}, 'Hi {{1}} and {{2}}, thank you.'), 2388072],
    ['a bad name', template({ name: 'Thanks!' }), undefined],
    ['a bad language', template({ language: 'english' }), undefined],
    ['an unknown key', template({ colour: 'red' }), undefined],
    ['no body', template({ components: [{ type: 'FOOTER', text: 'Bye' }] }), undefined],
  ])('with %s are refused', async (_, body, subcode) => {
    const world = await whatsappWorld()
    const answer = await world.graph('POST', path, body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 100 } } })
    expect(answer.body.error?.error_subcode).toBe(subcode)
  })

  test('of the form that the product sends are accepted', async () => {
    const world = await whatsappWorld()
    const text = 'Message from {{1}}\n\n{{2}}\n\n{{3}}\n\nReply STOP to stop these messages.'
    expect((await world.graph('POST', path, template({}, text, ['a', 'b', 'c']))).body.status).toBe('PENDING')
  })

  test('exist once for a name and language', async () => {
    const world = await whatsappWorld()
    expect((await world.graph('POST', path, template())).status).toBe(200)
    expect((await world.graph('POST', path, template())).body.error?.error_subcode).toBe(2388024)
    expect((await world.graph('POST', path, template({ language: 'hi' }))).status).toBe(200)
  })

  test('are listed page by page with the fields asked for, and deleted by name in all languages', async () => {
    const world = await whatsappWorld()
    for (const language of ['en', 'hi', 'mr']) await world.graph('POST', path, template({ language }))
    await world.graph('POST', path, template({ name: 'other' }))
    const first = (await world.graph('GET', `${path}?fields=name,language&limit=2`)).body
    expect(first.data).toMatchObject([{ language: 'en' }, { language: 'hi' }])
    const next = new URL(String((first.paging as { next: string }).next))
    const second = (await world.graph('GET', next.pathname + next.search)).body
    expect(second.data).toMatchObject([{ language: 'mr' }, { name: 'other' }])
    expect(second.paging).not.toHaveProperty('next')
    expect((await world.graph('DELETE', `${path}?name=thanks`)).body).toEqual({ success: true })
    expect((await world.graph('GET', path)).body.data).toMatchObject([{ name: 'other' }])
  })

  test('cannot take the name of a deleted approved one for thirty days', async () => {
    const world = await whatsappWorld()
    const { id } = (await world.graph('POST', path, template())).body
    await world.control(`/templates/${id}/decide`, { status: 'APPROVED' })
    await world.graph('DELETE', `${path}?name=thanks`)
    expect((await world.graph('POST', path, template())).body.error?.error_subcode).toBe(2388023)
    await world.control('/clock', { wabaId: WABA, advance_s: 30 * 86_400 + 1 })
    expect((await world.graph('POST', path, template())).status).toBe(200)
  })

  test('approved, are edited once in 24 hours and ten times in 30 days, and a hundred are made in an hour', async () => {
    const world = await whatsappWorld()
    const { id } = (await world.graph('POST', path, template())).body
    const { components } = template({}, 'Hello {{1}}, thank you.')
    const edit = async () => {
      await world.control(`/templates/${id}/decide`, { status: 'APPROVED' })
      return world.graph('POST', `/v25.0/${id}`, { components })
    }
    for (let count = 1; count <= 10; count++) {
      expect((await edit()).status).toBe(200)
      expect((await edit()).body.error?.error_subcode).toBe(2388019)
      await world.control('/clock', { wabaId: WABA, advance_s: 86_401 })
    }
    expect((await edit()).body.error?.error_subcode).toBe(2388019)
    for (let count = 1; count <= 100; count++) {
      expect((await world.graph('POST', path, template({ name: `thanks_${count}` }))).status).toBe(200)
    }
    expect((await world.graph('POST', path, template({ name: 'one_more' }))).body.error?.error_subcode).toBe(2388019)
  })

  test('tell when they are moved to another category or given other words', async () => {
    const world = await whatsappWorld()
    const { id } = (await world.graph('POST', path, template())).body
    await world.control(`/templates/${id}/recategorise`, { category: 'MARKETING', announced: true })
    expect((await world.graph('GET', `/v25.0/${id}?fields=category`)).body.category).toBe('UTILITY')
    await world.control(`/templates/${id}/recategorise`, { category: 'MARKETING' })
    await world.control(`/templates/${id}/rewrite`, { text: 'Other words for {{1}} now.' })
    const about = { message_template_id: Number(id), message_template_name: 'thanks', message_template_language: 'en' }
    expect(await world.values()).toMatchObject([
      { ...about, new_category: 'UTILITY', correct_category: 'MARKETING' },
      { ...about, previous_category: 'UTILITY', new_category: 'MARKETING' },
      { ...about, message_template_element: 'Other words for {{1}} now.' },
    ])
    const read = await world.graph('GET', `/v25.0/${id}?fields=category,components`)
    expect(read.body).toMatchObject({ category: 'MARKETING', components: [{ text: 'Other words for {{1}} now.' }] })
  })

  test('are edited only after a decision, and then wait for the next', async () => {
    const world = await whatsappWorld()
    const { id } = (await world.graph('POST', path, template())).body
    const { components } = template({}, 'Hello {{1}}, thank you.')
    expect((await world.graph('POST', `/v25.0/${id}`, { components })).body.error?.error_subcode).toBe(2388039)
    await world.control(`/templates/${id}/decide`, { status: 'REJECTED', reason: 'PROMOTIONAL', category: 'MARKETING' })
    const fields = 'status,category,rejected_reason'
    const rejected = { id, status: 'REJECTED', category: 'MARKETING', rejected_reason: 'PROMOTIONAL' }
    expect((await world.graph('GET', `/v25.0/${id}?fields=${fields}`)).body).toEqual(rejected)
    expect((await world.graph('POST', `/v25.0/${id}`, { components })).body).toEqual({ success: true })
    expect((await world.graph('GET', `/v25.0/${id}?fields=status`)).body).toEqual({ id, status: 'PENDING' })
  })
})
