import type { Context } from 'hono'
import type { CallFault } from '../control/faults.ts'
import type { FaultedApi } from '../control/with-faults.ts'
import { badToken, type GraphError, known, toBody } from './graph-error.ts'
import type { Meta } from './meta.ts'

/** Long enough that the first status of any message is due, see the delays of `message-events.ts`. */
const FIRST_STATUS_MS = { auto: 200, driven: 1_000 }

const HTML = '<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>'

/** How the faults of `/__ctl/faults` look at this vendor. */
export const graphFaults = (meta: Meta): FaultedApi => ({
  faults: meta.faults,
  calls: meta.calls,
  now: meta.clock.now,
  ownerOf: (c) => ownerOf(meta, c),
  instead: (fault) => instead(meta, fault),
  tellFirst: (account) => tellFirst(meta, account),
})

/** Whose call this is, by the id in the path or the code that is redeemed. */
function ownerOf(
  meta: Meta,
  c: { req: Pick<Context['req'], 'path' | 'query'> },
): { account: string | null; phoneNumberId: string | null } {
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

/** Lets the first status of what was just accepted arrive before the answer does. */
async function tellFirst(meta: Meta, account: string): Promise<void> {
  meta.clock.advance(account, meta.options.auto ? FIRST_STATUS_MS.auto : FIRST_STATUS_MS.driven)
  await meta.webhooks.push(account, { mode: 'fifo', seed: 0, parallel: false })
}
