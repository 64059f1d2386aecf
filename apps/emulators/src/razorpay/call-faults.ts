import type { CallFault } from '../control/faults.ts'
import type { FaultedApi } from '../control/with-faults.ts'
import { accountOf } from './credentials.ts'
import type { Gateway } from './gateway.ts'
import { badKey, type RazorpayError, tooMany } from './razorpay-error.ts'

const HTML = '<html><body>502 Bad Gateway</body></html>'

/** How the faults of `/__ctl/faults` look at this vendor. */
export const razorpayFaults = (gateway: Gateway): FaultedApi => ({
  faults: gateway.faults,
  calls: gateway.calls,
  now: gateway.clock.now,
  ownerOf: (c) => ({ account: accountOf(gateway, c.req.header('authorization'))?.id ?? null }),
  instead,
  tellFirst: async (account) => {
    await gateway.webhooks.push(account, { mode: 'fifo', seed: 0, parallel: false })
  },
})

function instead(fault: CallFault): Response | null {
  const refusal = ({ status, body }: RazorpayError) => Response.json(body, { status })
  switch (fault.kind) {
    case 'auth':
      return refusal(badKey())
    case 'rate_429':
      return refusal(tooMany())
    case 'status':
      return fault.body === 'html'
        ? new Response(HTML, { status: fault.status, headers: { 'content-type': 'text/html' } })
        : Response.json(
            { error: { code: 'SERVER_ERROR', description: 'We are facing some trouble completing your request.' } },
            { status: fault.status },
          )
    default:
      return null
  }
}
