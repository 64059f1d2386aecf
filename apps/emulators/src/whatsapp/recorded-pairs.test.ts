import { describe, expect, test } from 'vitest'
import { fixtureNames, readPair, shapeOf } from '../../testing/fixtures.ts'
import {
  APP,
  approvedTemplate,
  NUMBER,
  RAVI,
  type Reply,
  SEND,
  templateMessage,
  textMessage,
  WABA,
  type WhatsappWorld,
  whatsappWorld,
} from '../../testing/whatsapp-world.ts'

const TEMPLATES = `/v25.0/${WABA}/message_templates`

const recorded = (name: string) => readPair(`whatsapp/api/${name}`).request

/** The template of the recorded message, with image, two variables and two buttons. */
async function offer(world: WhatsappWorld, status = 'APPROVED') {
  const created = await world.graph('POST', TEMPLATES, recorded('template.create.json').body)
  await world.control(`/templates/${created.body.id}/decide`, { status })
}

function offerMessage(
  change: (template: { language: { code: string }; components: unknown[] }) => void = () => undefined,
) {
  const body = structuredClone(recorded('send.template.json').body) as {
    template: { language: { code: string }; components: unknown[] }
  }
  change(body.template)
  return body
}

const fault = (world: WhatsappWorld, fields: object) =>
  world.control('/faults', { match: { path_regex: '/messages$' }, ...fields })

/** How each recorded answer is brought about. */
const PLAYS: Record<string, (world: WhatsappWorld) => Promise<Reply>> = {
  'oauth.exchange.json': (world) => {
    const query = new URLSearchParams({ client_id: APP.appId, client_secret: APP.appSecret, code: 'signup:7:8' })
    return world.graph('GET', `/v25.0/oauth/access_token?${query}`)
  },
  'phone_number.get.json': (world) => world.graph('GET', recorded('phone_number.get.json').path),
  'register.json': (world) => world.graph('POST', `/v25.0/${NUMBER}/register`, recorded('register.json').body),
  'subscribed_apps.json': (world) => world.graph('POST', `/v25.0/${WABA}/subscribed_apps`),
  'template.create.json': (world) => world.graph('POST', TEMPLATES, recorded('template.create.json').body),
  'template.create.limit-error.json': (world) =>
    world.graph('POST', TEMPLATES, {
      name: 'starts_with_variable',
      language: 'en',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: '{{1}}, your order is ready.', example: { body_text: [['Ravi']] } }],
    }),
  'send.template.json': async (world) => {
    await offer(world)
    return world.graph('POST', SEND, recorded('send.template.json').body)
  },
  'send.text.json': async (world) => {
    await world.control(`/users/${RAVI}/say`, { wabaId: WABA, text: 'Is the offer still on?' })
    return world.graph('POST', SEND, recorded('send.text.json').body)
  },
  'send.bsuid.json': async (world) => {
    const user = await world.control(`/users/${RAVI}`, { wabaId: WABA })
    await world.control(`/users/${RAVI}/say`, { wabaId: WABA, text: 'Hi' })
    return world.graph('POST', SEND, { ...(recorded('send.bsuid.json').body as object), recipient: user.body.bsuid })
  },
  'error.190.json': (world) => world.graph('POST', SEND, textMessage(RAVI), 'EAAnobody'),
  'error.80007.json': async (world) => {
    await fault(world, { kind: 'rate_429', code: 80007 })
    return world.graph('POST', SEND, textMessage(RAVI))
  },
  'error.130429.json': async (world) => {
    await approvedTemplate(world)
    await world.control(`/numbers/${NUMBER}`, { throughput: 1 })
    await world.graph('POST', SEND, templateMessage(RAVI))
    return world.graph('POST', SEND, templateMessage('+919876505678'))
  },
  'error.131016.json': async (world) => {
    await fault(world, { kind: 'status', status: 500 })
    return world.graph('POST', SEND, textMessage(RAVI))
  },
  'error.131042.json': async (world) => {
    await world.control(`/numbers/${NUMBER}`, { paymentMissing: true })
    return world.graph('POST', SEND, textMessage(RAVI))
  },
  'error.131047.json': (world) => world.graph('POST', SEND, textMessage(RAVI)),
  'error.131056.json': async (world) => {
    await approvedTemplate(world)
    for (let count = 0; count < 45; count++) {
      expect((await world.graph('POST', SEND, templateMessage(RAVI))).status).toBe(200)
    }
    return world.graph('POST', SEND, templateMessage(RAVI))
  },
  'error.132000.json': async (world) => {
    await approvedTemplate(world)
    return world.graph('POST', SEND, templateMessage(RAVI, ['Ravi']))
  },
  'error.132001.json': async (world) => {
    await offer(world)
    const inHindi = offerMessage((template) => {
      template.language.code = 'hi'
    })
    return world.graph('POST', SEND, inHindi)
  },
  'error.132015.json': async (world) => {
    await offer(world, 'PAUSED')
    return world.graph('POST', SEND, offerMessage())
  },
}

describe('the double answers as recorded', () => {
  test.each(fixtureNames('whatsapp/api'))('%s', async (name) => {
    const play = PLAYS[name]
    if (!play) throw new Error(`nobody plays ${name}`)
    const { status, body } = await play(await whatsappWorld())
    const { response } = readPair(`whatsapp/api/${name}`)
    expect(status).toBe(response.status)
    expect(shapeOf(body)).toEqual(shapeOf(response.body))
    // What an error says is fixed, but for its trace.
    if (body.error) expect(body).toEqual(withTraceOf(response.body, body))
  })
})

function withTraceOf(recordedBody: unknown, body: object) {
  const { error } = recordedBody as { error: object }
  return { error: { ...error, fbtrace_id: (body as { error: { fbtrace_id: string } }).error.fbtrace_id } }
}
