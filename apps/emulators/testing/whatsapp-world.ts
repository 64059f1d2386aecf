import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { startWhatsapp } from '../src/whatsapp/server.ts'

export const APP = { appId: 'APP', appSecret: 'wa_app_secret_kesar', verifyToken: 'kesar-verify-token' }
export const WABA = '204518830017746'
export const NUMBER = '331907246602815'
export const RAVI = '+919876501234'

export interface Reply {
  status: number
  text: string
  /** The JSON of the answer, read loosely: each test says what it expects of it. */
  body: ReplyBody
}

type ReplyBody = Record<string, unknown> & { error?: { code: number; error_subcode?: number; message: string } }

export interface Delivery {
  id: string
  account: string
  field: string
  body: string
  headers: Record<string, string>
  status: string
  attempts: number
  lastStatus: number | null
}

export interface WhatsappWorld {
  url: string
  token: string
  /** A call of the Graph API with the token of the account. */
  graph(method: string, path: string, body?: unknown, token?: string): Promise<Reply>
  /** A call below /__ctl. */
  control(path: string, body?: unknown): Promise<Reply>
  deliveries(waba?: string): Promise<Delivery[]>
  /** The `value` of each webhook made so far, oldest first. */
  values(waba?: string): Promise<Record<string, unknown>[]>
  /** Connects an account: token, webhooks, registered number. @returns the token */
  connect(waba: string, number: string): Promise<string>
  stop(): Promise<void>
}

interface WorldOptions {
  auto?: boolean
  webhookUrl?: string
  verifyToken?: string
  stateFile?: string
}

/** A double of one's own with one connected account, `WABA` with `NUMBER`; it ends with the test. */
export async function whatsappWorld(options: WorldOptions = {}): Promise<WhatsappWorld> {
  const running = await startWhatsapp({
    ...APP,
    verifyToken: options.verifyToken ?? APP.verifyToken,
    port: 0,
    auto: options.auto ?? false,
    webhookUrl: options.webhookUrl ?? null,
    real: Date.now,
    seed: 'test',
    ...(options.stateFile !== undefined && { stateFile: options.stateFile }),
  })
  onTestFinished(() => running.stop())

  async function call(method: string, path: string, body?: unknown, token?: string): Promise<Reply> {
    const response = await fetch(running.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, body: parsed(text) }
  }

  async function connect(waba: string, number: string): Promise<string> {
    const query = new URLSearchParams({
      client_id: APP.appId,
      client_secret: APP.appSecret,
      code: `signup:${waba}:${number}`,
    })
    const { body } = await call('GET', `/v25.0/oauth/access_token?${query}`)
    const token = String(body.access_token)
    await call('POST', `/v25.0/${waba}/subscribed_apps`, undefined, token)
    await call('POST', `/v25.0/${number}/register`, { messaging_product: 'whatsapp', pin: '581063' }, token)
    return token
  }

  async function deliveries(waba = WABA): Promise<Delivery[]> {
    return JSON.parse((await call('GET', `/__ctl/deliveries?waba=${waba}`)).text)
  }

  const token = await connect(WABA, NUMBER)
  return {
    url: running.url,
    token,
    stop: () => running.stop(),
    graph: (method, path, body, other) => call(method, path, body, other ?? token),
    control: (path, body) => call(body === undefined ? 'GET' : 'POST', `/__ctl${path}`, body),
    deliveries,
    connect,
    async values(waba) {
      return (await deliveries(waba)).map((delivery) => JSON.parse(delivery.body).entry[0].changes[0].value)
    },
  }
}

function parsed(text: string): ReplyBody {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

interface Received {
  headers: IncomingHttpHeaders
  /** The bytes as they came. */
  body: Buffer
  at: number
}

/** An address for webhooks that keeps what it gets; `answer` decides the status of the n-th, counted from 0. */
export async function webhookReceiver(answer: (count: number) => number = () => 200) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.method === 'GET') {
        const query = new URL(request.url ?? '/', 'http://receiver').searchParams
        const right = query.get('hub.mode') === 'subscribe' && query.get('hub.verify_token') === APP.verifyToken
        response.writeHead(right ? 200 : 403).end(right ? query.get('hub.challenge') : '')
        return
      }
      const count = received.length
      received.push({ headers: request.headers, body: Buffer.concat(chunks), at: performance.now() })
      response.writeHead(answer(count)).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/whatsapp` }
}

/** The template of the tests: one body with two variables, approved unless told otherwise. */
export async function approvedTemplate(
  world: WhatsappWorld,
  status = 'APPROVED',
  category = 'MARKETING',
): Promise<string> {
  const text = 'Hi {{1}}, {{2}} off until Sunday at our store.'
  const components = [{ type: 'BODY', text, example: { body_text: [['Ravi', '500']] } }]
  const body = { name: `offer_${category.toLowerCase()}`, language: 'en', category, components }
  const created = await world.graph('POST', `/v25.0/${WABA}/message_templates`, body)
  await world.control(`/templates/${created.body.id}/decide`, { status })
  return String(created.body.id)
}

/** A message from that template. */
export function templateMessage(to: string, parameters = ['Ravi', '₹500'], category = 'MARKETING') {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    type: 'template',
    template: {
      name: `offer_${category.toLowerCase()}`,
      language: { code: 'en' },
      components: [{ type: 'body', parameters: parameters.map((text) => ({ type: 'text', text })) }],
    },
    biz_opaque_callback_data: 'snd_01HTZX9Q4E7',
  }
}

export const textMessage = (to: string, body = 'Yes, until Sunday.') => ({
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to,
  type: 'text',
  text: { preview_url: false, body },
})

export const SEND = `/v25.0/${NUMBER}/messages`
