import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { MiddlewareHandler } from 'hono'
import type { CallFault } from '../control/faults.ts'
import { parsed } from '../control/parsed.ts'
import { wait } from '../control/wait.ts'
import type { GraphContext, GraphEnv } from './graph-context.ts'
import { badToken, type GraphError, known, toBody } from './graph-error.ts'
import type { Meta } from './meta.ts'

/** Long enough that the first status of any message is due, see the delays of `message-events.ts`. */
const FIRST_STATUS_MS = { auto: 200, driven: 1_000 }

const HTML = '<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>'

/** Writes every call to the log and lets the fault that a test ordered strike it. */
export function withFaults(meta: Meta): MiddlewareHandler<GraphEnv> {
  return async (c, next) => {
    const occasion = { method: c.req.method, path: c.req.path, ...ownerOf(meta, c) }
    const at = new Date(meta.clock.now(occasion.account ?? '')).toISOString()
    const body = parsed(await c.req.text())
    const fault = meta.faults.forCall(occasion)
    const answer = fault?.kind === 'reset_before' ? null : await work()
    meta.calls.add({
      at,
      method: occasion.method,
      path: occasion.path,
      query: c.req.query(),
      headers: c.req.header(),
      body,
      account: occasion.account,
      answer: answer && { status: answer.status, body: parsed(await answer.clone().text()) },
      fault: fault?.kind ?? null,
    })
    if (!fault) return
    // Hono keeps the headers of the former answer unless that is taken away first.
    c.res = undefined
    c.res = answer ?? cut(c)

    /** The answer with its fault; null for a cut connection. */
    async function work(): Promise<Response | null> {
      const refusal = fault && instead(meta, fault)
      if (refusal) return refusal
      if (fault?.kind === 'slow') await wait(c.env.incoming.socket, fault.ms)
      await next()
      // A new account exists only after its code was redeemed.
      occasion.account ??= ownerOf(meta, c).account
      if (occasion.account && meta.faults.beforeResponse(occasion)) await tellFirst(meta, occasion.account)
      return fault ? spoil(c, fault) : c.res
    }
  }
}

/** Whose call this is, by the id in the path or the code that is redeemed. */
function ownerOf(meta: Meta, c: GraphContext): { account: string | null; phoneNumberId: string | null } {
  const { accounts, numbers, templates } = meta.state
  const id = c.req.path.split('/')[2] ?? ''
  const number = numbers.get(id)
  if (number) return { account: number.accountId, phoneNumberId: number.id }
  const account = accounts.has(id) ? id : (templates.get(id)?.accountId ?? null)
  const code = c.req.query('code')?.split(':')[1]
  return { account: account ?? code ?? null, phoneNumberId: null }
}

/** The answer of a fault that comes before any work; null where the work is done. */
function instead(meta: Meta, fault: CallFault): Response | null {
  const refusal = (error: GraphError, status = error.problem.status) =>
    Response.json(toBody(error.problem, meta.ids.trace()), { status })
  switch (fault.kind) {
    case 'auth':
      return refusal(badToken())
    case 'rate_429':
      return refusal(known(fault.code), fault.http)
    case 'status':
      return fault.body === 'html'
        ? new Response(HTML, { status: fault.status, headers: { 'content-type': 'text/html' } })
        : refusal(known(131016), fault.status)
    default:
      return null
  }
}

/** What becomes of the answer after the work was done; null for a cut connection. */
async function spoil(c: GraphContext, fault: CallFault): Promise<Response | null> {
  const headers = { 'content-type': 'application/json' }
  switch (fault.kind) {
    case 'hang_after':
      await wait(c.env.incoming.socket, fault.seconds * 1_000)
      return null
    case 'reset_after':
      return null
    case 'truncated_json': {
      const text = await c.res.text()
      return new Response(text.slice(0, text.length / 2), { status: c.res.status, headers })
    }
    case 'empty_200':
      return new Response('', { status: 200, headers })
    default:
      return c.res
  }
}

function cut(c: GraphContext): Response {
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

/** Lets the first status of what was just accepted arrive before the answer does. */
async function tellFirst(meta: Meta, account: string): Promise<void> {
  meta.clock.advance(account, meta.options.auto ? FIRST_STATUS_MS.auto : FIRST_STATUS_MS.driven)
  await meta.webhooks.push(account, { mode: 'fifo', seed: 0, parallel: false })
}
