import { Hono } from 'hono'
import { type KeptState, openStateFile } from '../control/state-file.ts'
import { withFaults } from '../control/with-faults.ts'
import { type Running, serveHttp } from '../listen.ts'
import { createApiRoutes } from './api-routes.ts'
import { razorpayFaults } from './call-faults.ts'
import { createCheckoutPage } from './checkout-page.ts'
import { createControlRoutes } from './control-routes.ts'
import { createGateway, type GatewayOptions } from './gateway.ts'
import { restore, snapshot } from './state-file.ts'

const TICK_MS = 50
const SAVE_INTERVAL_MS = 2_000

/**
 * A double of Razorpay: the API below `/v1`, hosted payment pages below `/checkout`, and what tests need below `/__ctl`.
 */
export async function startRazorpay(options: GatewayOptions & { port: number; stateFile?: string }): Promise<Running> {
  const gateway = createGateway(options)
  const kept: KeptState = {
    snapshot: () => snapshot(gateway),
    restore: (saved) => restore(gateway, saved as ReturnType<typeof snapshot>),
  }
  const file = options.stateFile === undefined ? null : openStateFile(kept, options.stateFile)
  const app = new Hono()
  app.route('/__ctl', createControlRoutes(gateway))
  app.route('/checkout', createCheckoutPage(gateway))
  app.use('/v1/*', withFaults(razorpayFaults(gateway)))
  app.route('/v1', createApiRoutes(gateway))
  app.all('*', (c) =>
    c.json(
      { error: { code: 'BAD_REQUEST_ERROR', description: 'The requested URL was not found on the server.' } },
      400,
    ),
  )
  const running = await serveHttp(app, options.port)
  gateway.url = running.url

  const tick = setInterval(() => {
    if (!options.auto) return
    gateway.clock.runDue()
    void gateway.webhooks.push(null, { mode: 'fifo', seed: 0, parallel: true })
  }, TICK_MS)
  const saving = setInterval(() => file?.save(), SAVE_INTERVAL_MS)
  return {
    url: running.url,
    async stop() {
      clearInterval(tick)
      clearInterval(saving)
      file?.save()
      await running.stop()
    },
  }
}
