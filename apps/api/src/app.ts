import { readReplicaLag } from '@pramaan/core/analytics'
import { exportStatus, logStatus } from '@pramaan/core/audit'
import { readBillingHealth } from '@pramaan/core/billing'
import { readModelSpend } from '@pramaan/core/compliance'
import type { Deps } from '@pramaan/core/deps'
import { appRouter } from '@pramaan/trpc'
import { openApiDocument } from '@pramaan/trpc/openapi'
import { restRoutes } from '@pramaan/trpc/rest'
import { Hono } from 'hono'
import { clock, mailList, mailView } from './dev.ts'
import { docsFile, docsPage, openApiPage } from './docs.ts'
import { livez, readyz } from './health.ts'
import { styleSheet } from './html.ts'
import { answer, type Bindings, type Handler, type Http, handled, noRoute } from './http.ts'
import { acceptPage, invitationPage } from './invitation.ts'
import { invoicePdf } from './invoice-pdf.ts'
import { MAIL_LINKS } from './mail-links.ts'
import { createMetrics, metricsPage } from './metrics.ts'
import { preflightHeaders } from './middleware/cors.ts'
import { baseHeaders } from './middleware/secure-headers.ts'
import { packArchive } from './pack-archive.ts'
import { honoPath, restHandler } from './rest.ts'
import type { HttpSettings } from './settings.ts'
import { trpcHandler } from './trpc.ts'
import { unsubscribeNow, unsubscribePage } from './unsubscribe.ts'
import { razorpayWebhook } from './webhooks/razorpay.ts'
import { whatsappHandshake, whatsappWebhook } from './webhooks/whatsapp.ts'
import { auditKey, auditKeys, jwks, securityTxt } from './well-known.ts'

export interface App {
  readonly fetch: Hono<Bindings>['fetch']
  /** From now on `/readyz` says that we drain, and kept-alive connections are closed after their answer. */
  drain(): void
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Everything that this process serves, in mount order. Each route has exactly one handler and there is no middleware on
 * the way: `handled` makes the request id, counts, logs and turns errors into problems, `answer` sets the headers.
 */
export function createApp(options: { deps: Deps; settings: HttpSettings; processMetrics?: boolean }): App {
  const { deps, settings } = options
  const http: Http = {
    deps,
    settings,
    metrics: createMetrics({
      defaults: options.processMetrics ?? false,
      auditLog: () => logStatus(deps.db),
      auditExports: () => exportStatus(deps.db, deps.settings.auditExports, deps.now()),
      billing: () => readBillingHealth(deps.db.acrossAdvisors.read, deps.now()),
      replicaLag: () => readReplicaLag(deps.db),
      spend: () => readModelSpend(deps.db.acrossAdvisors.read, deps.now()),
    }),
    headers: baseHeaders(settings.publicUrl),
    accepting: true,
  }
  const app = new Hono<Bindings>()
  const on = (method: string, path: string, handler: Handler) => app.on(method, path, handled(http, path, handler))

  const routes = restRoutes(appRouter)
  // Before the route of the same document as data, whose id would take the name of the file.
  on('GET', '/api/billing/invoices/:file{.+\\.pdf}', invoicePdf)
  for (const route of routes) {
    const handler = restHandler(route, readOf(route, routes))
    on(route.rest.method, honoPath(route), route.name === 'audit.pack' ? packArchive(handler) : handler)
  }
  on('GET', '/trpc/*', trpcHandler)
  on('POST', '/trpc/*', trpcHandler)
  on('POST', '/webhooks/razorpay', razorpayWebhook)
  on('GET', '/webhooks/whatsapp', whatsappHandshake)
  on('POST', '/webhooks/whatsapp', whatsappWebhook)

  on('GET', '/livez', livez)
  on('GET', '/readyz', readyz)
  on('GET', '/metrics', metricsPage)

  on('GET', '/openapi.json', openApiPage(JSON.stringify(openApiDocument(routes, { version: settings.version }))))
  on('GET', '/docs', docsPage)
  on('GET', '/docs/:file', docsFile)
  for (const { path, page, submit } of MAIL_LINKS) {
    on('GET', path, page)
    on('POST', path, submit)
  }
  on('GET', '/invitation', invitationPage)
  on('POST', '/invitation', acceptPage)
  on('GET', '/unsubscribe', unsubscribePage)
  on('POST', '/unsubscribe', unsubscribeNow)
  on('GET', '/page.css', styleSheet)
  on('GET', '/.well-known/jwks.json', jwks)
  on('GET', '/.well-known/pramaan-audit-key', auditKey)
  on('GET', '/.well-known/pramaan-audit-keys', auditKeys)
  on('GET', '/.well-known/security.txt', securityTxt)

  if (settings.embedded) {
    on('GET', '/dev/mail', mailList)
    on('GET', '/dev/mail/:name', mailView)
    on('GET', '/dev/clock', clock)
  }

  app.notFound(handled(http, 'none', (call) => elsewhere(app, call)))
  return {
    fetch: app.fetch,
    drain: () => {
      http.accepting = false
    },
  }
}

/** What answers a request that no route took: a preflight, a wrong method, or nothing. */
const elsewhere = (app: Hono<Bindings>, call: Parameters<Handler>[0]): Response => {
  const { path } = call.c.req
  const allowed = METHODS.filter((method) => app.router.match(method, path)[0].length > 0)
  const preflight =
    call.incoming.method === 'OPTIONS' && preflightHeaders(call.incoming, call.http.settings.corsOrigins)
  return preflight && allowed.length > 0 ? answer(call, 204, null, preflight) : noRoute(call, allowed)
}

/** The read that a write's `If-Match` is compared with: the GET of the same path that names its version. */
function readOf(route: ReturnType<typeof restRoutes>[number], routes: ReturnType<typeof restRoutes>) {
  if (route.rest.method === 'GET' || route.meta.versionField === undefined) return undefined
  return routes.find(({ rest }) => rest.method === 'GET' && rest.path === route.rest.path)
}
