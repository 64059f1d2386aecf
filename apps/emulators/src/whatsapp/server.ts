import { Hono } from 'hono'
import { openStateFile } from '../control/state-file.ts'
import { withFaults } from '../control/with-faults.ts'
import { type Running, serveHttp } from '../listen.ts'
import { verifyApp } from './accounts.ts'
import { graphFaults } from './call-faults.ts'
import { createControlRoutes } from './control-routes.ts'
import type { GraphEnv } from './graph-context.ts'
import { createGraphRoutes } from './graph-routes.ts'
import { createMeta, type MetaOptions } from './meta.ts'
import { createPhonePage } from './phone-page.ts'
import { keptMeta } from './state-file.ts'

const TICK_MS = 50
const MAX_PUSHES = 32
const VERIFY_INTERVAL_MS = 500
const SAVE_INTERVAL_MS = 2_000

/**
 * A double of the WhatsApp Cloud API: the Graph API below `/v{N}.0`, what tests need below `/__ctl`, and the
 * recipients' phones as a page at `/` and `/phone`.
 */
export async function startWhatsapp(options: MetaOptions & { port: number; stateFile?: string }): Promise<Running> {
  const meta = createMeta(options)
  const file = options.stateFile === undefined ? null : openStateFile(keptMeta(meta), options.stateFile)
  const app = new Hono<GraphEnv>()
  app.route('/__ctl', createControlRoutes(meta))
  app.route('/', createPhonePage(meta))
  app.use('/:version{v\\d+\\.0}/*', withFaults(graphFaults(meta)))
  app.route('/:version{v\\d+\\.0}', createGraphRoutes(meta))
  const running = await serveHttp(app, options.port)

  const tick = setInterval(() => {
    if (!options.auto) return
    meta.clock.runDue()
    void meta.webhooks.push(null, { mode: 'fifo', seed: 0, parallel: true, limit: MAX_PUSHES })
  }, TICK_MS)
  const verifying = setInterval(() => options.auto && void verifyApp(meta), VERIFY_INTERVAL_MS)
  const saving = setInterval(() => file?.save(), SAVE_INTERVAL_MS)
  return {
    url: running.url,
    async stop() {
      for (const timer of [tick, verifying, saving]) clearInterval(timer)
      await running.stop()
      file?.save()
    },
  }
}
