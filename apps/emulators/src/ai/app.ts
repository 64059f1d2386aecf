import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { type CallLog, createCallLog } from '../control/call-log.ts'
import { parsed } from '../control/parsed.ts'
import { wait } from '../control/wait.ts'
import { answerTo } from './answer.ts'
import { anthropic } from './anthropic.ts'
import { createFaults, type Fault, FaultInput, type Faults } from './faults.ts'
import { openai } from './openai.ts'
import type { Protocol, Question, Refusal } from './protocol.ts'

type AiContext = Context<{ Bindings: HttpBindings }>

/** A call on its way through the double. */
interface Call {
  c: AiContext
  protocol: Protocol
  fault: Fault | null
}

const HTML = '<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>'

/**
 * A double of an AI model behind both protocols, Anthropic's at `/v1/messages` and OpenAI's at `/v1/chat/completions`.
 * Every API key is an account of its own, and any key is good. Tests order faults and read calls below `/__ctl`.
 */
export function createAiApp(): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  const faults = createFaults()
  const calls = createCallLog()
  addControlRoutes(app, faults, calls)
  for (const protocol of [anthropic, openai] as Protocol[]) {
    app.post(protocol.path, (c) => serve(c, protocol, faults, calls))
  }
  app.all('*', (c) =>
    refuse({ c, protocol: openai as Protocol, fault: null }, 'not_found', `Unknown URL ${c.req.path}`),
  )
  return app
}

function addControlRoutes(app: Hono<{ Bindings: HttpBindings }>, faults: Faults, calls: CallLog): void {
  app.post('/__ctl/faults', async (c) => {
    const order = FaultInput.safeParse(await c.req.json().catch(() => null))
    if (!order.success) return c.json({ error: order.error.issues.map(({ message }) => message).join('; ') }, 400)
    faults.add(order.data)
    return c.json({ ok: true })
  })
  app.post('/__ctl/reset', (c) => {
    const account = c.req.query('account') ?? null
    faults.forget(account)
    calls.forget(account)
    return c.json({ ok: true })
  })
  app.get('/__ctl/calls', (c) => c.json(calls.find({ account: c.req.query('account') })))
}

async function serve(c: AiContext, protocol: Protocol, faults: Faults, calls: CallLog): Promise<Response> {
  const account = protocol.keyOf(c)
  const call: Call = { c, protocol, fault: account === null ? null : faults.next(account) }
  const raw = await c.req.text()
  const answer = await answerCall(call, account, raw)
  calls.add({
    at: new Date().toISOString(),
    method: c.req.method,
    path: c.req.path,
    query: c.req.query(),
    headers: c.req.header(),
    body: parsed(raw),
    account,
    answer: answer === RESPONSE_ALREADY_SENT ? null : { status: answer.status, body: null },
    fault: call.fault?.kind ?? null,
  })
  return answer
}

async function answerCall(call: Call, account: string | null, raw: string): Promise<Response> {
  const { c, protocol, fault } = call
  if (fault?.kind === 'slow') await wait(c.env.incoming.socket, fault.ms)
  const instead = fault && insteadOfWork(call, fault)
  if (instead) return instead
  if (account === null) return refuse(call, 'auth', 'No API key was given.')
  const missing = protocol.missing(c)
  const body = protocol.body.safeParse(parsed(raw))
  if (missing !== null || !body.success) {
    const problem = missing ?? body.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
    return refuse(call, 'bad_request', problem ?? 'unreadable')
  }
  return spoil(call, JSON.stringify(work(call, protocol.question(body.data))))
}

function work({ protocol, fault }: Call, question: Question): unknown {
  const spoken = fault !== null && isSaid(fault) ? fault : null
  return protocol.answer(answerTo(question.prompt, familiesIn(question.schema), spoken), question)
}

const SAID = [
  'refusal',
  'cut_short',
  'not_json',
  'wrong_shape',
  'lie',
  'hostile',
  'echo',
  'link',
  'concern',
  'no_concern',
]
const isSaid = (fault: Fault): fault is Extract<Fault, Parameters<typeof answerTo>[2]> => SAID.includes(fault.kind)

/** The first closed list in the schema of the answer: what a concern may be about. */
function familiesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { enum: list } = schema as { enum?: unknown }
  if (Array.isArray(list)) return list.map(String)
  for (const inner of Object.values(schema)) {
    const found = familiesIn(inner)
    if (found.length > 0) return found
  }
  return []
}

function refuse({ c, protocol }: Call, reason: Refusal, message: string, status?: number): Response {
  const refusal = protocol.refusal(reason, message)
  return c.json(refusal.body as object, (status ?? refusal.status) as 500, refusal.headers)
}

/** The answer of a fault that comes before any work; null where the work is done. */
function insteadOfWork(call: Call, fault: Fault): Response | null {
  switch (fault.kind) {
    case 'auth':
      return refuse(call, 'auth', 'The API key sk-emulated-1234 is not valid.')
    case 'rate_429':
      return refuse(call, 'rate_limit', 'Too many requests.')
    case 'quota':
      return refuse(call, 'quota', 'You exceeded your current quota.')
    case 'status':
      return fault.body === 'html'
        ? new Response(HTML, { status: fault.status, headers: { 'content-type': 'text/html' } })
        : refuse(call, fault.status === 529 ? 'overloaded' : 'server', 'Internal error.', fault.status)
    case 'reset':
      return cut(call)
    case 'redirect':
      return new Response(null, { status: 307, headers: { location: fault.to } })
    case 'empty_200':
      return new Response('', { headers: { 'content-type': 'application/json' } })
    case 'huge':
      return new Response(flood(fault.bytes), { headers: { 'content-type': 'application/json' } })
    default:
      return null
  }
}

/** What becomes of an answer on its way. */
function spoil(call: Call, json: string): Response {
  const headers = { 'content-type': 'application/json' }
  if (call.fault?.kind === 'truncated_json') return new Response(json.slice(0, json.length / 2), { headers })
  if (call.fault?.kind !== 'cut') return new Response(json, { headers })
  const { outgoing } = call.c.env
  outgoing.writeHead(200, { ...headers, 'content-length': String(Buffer.byteLength(json)) })
  outgoing.write(json.slice(0, json.length / 2), () => outgoing.destroy())
  return RESPONSE_ALREADY_SENT
}

function cut({ c }: Call): Response {
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

/** So many spaces, which any JSON may begin with. */
function flood(bytes: number): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(0x20)
  let left = bytes
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close()
      controller.enqueue(chunk.subarray(0, Math.min(left, chunk.length)))
      left -= chunk.length
    },
  })
}
