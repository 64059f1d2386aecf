import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import type { CallLog } from './call-log.ts'
import type { CallFault, Faults } from './faults.ts'
import { parsed } from './parsed.ts'
import { wait } from './wait.ts'

/** The node server's own request and response stand behind each call, so that a fault can cut the connection. */
interface NodeEnv {
  Bindings: HttpBindings
}

/** The part of a double that its faults need. */
export interface FaultedApi {
  readonly faults: Faults
  readonly calls: CallLog
  /** Milliseconds, in the time of an account. */
  now(account: string): number
  ownerOf(c: Context<NodeEnv>): { account: string | null; phoneNumberId?: string | null }
  /** The vendor's own refusal for faults that come before any work; null where the work is done. */
  instead(fault: CallFault): Response | null
  /** Lets the news of what was just done arrive before the answer does. */
  tellFirst(account: string): Promise<void>
}

/** Writes every call to the log and lets the fault that a test ordered strike it. */
export function withFaults<Env extends NodeEnv>(api: FaultedApi): MiddlewareHandler<Env> {
  return async (context, next) => {
    const c = context as unknown as Context<NodeEnv>
    const occasion = { method: c.req.method, path: c.req.path, ...api.ownerOf(c) }
    const at = new Date(api.now(occasion.account ?? '')).toISOString()
    const body = parsed(await c.req.text())
    const fault = api.faults.forCall(occasion)
    const answer = fault?.kind === 'reset_before' ? null : await work()
    api.calls.add({
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
      const refusal = fault && api.instead(fault)
      if (refusal) return refusal
      if (fault?.kind === 'slow') await wait(c.env.incoming.socket, fault.ms)
      await next()
      // A new account exists only after the call that made it.
      occasion.account ??= api.ownerOf(c).account
      if (occasion.account && api.faults.beforeResponse(occasion)) await api.tellFirst(occasion.account)
      return fault ? spoil(c, fault) : c.res
    }
  }
}

/** What becomes of the answer after the work was done; null for a cut connection. */
async function spoil(c: Context<NodeEnv>, fault: CallFault): Promise<Response | null> {
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

function cut(c: Context<NodeEnv>): Response {
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}
