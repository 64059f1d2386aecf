import { timingSafeEqual } from 'node:crypto'
import type { LogStatus } from '@pramaan/core/audit'
import { AppError } from '@pramaan/core/platform/errors'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { answer, type Handler } from './http.ts'

export interface Metrics {
  /** `route` is the pattern of the route, never the URL. */
  observe(method: string, route: string, status: number, tookMs: number): void
  /** All metrics in the text format of Prometheus. */
  render(): Promise<string>
  readonly contentType: string
}

/** The metrics of one process. `defaults` adds those of Node itself; `auditLog` is asked at each scrape. */
export function createMetrics(options: { defaults: boolean; auditLog: () => Promise<LogStatus> }): Metrics {
  const registry = new Registry()
  if (options.defaults) collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'pramaan_http_request_duration_seconds',
    help: 'From the head of the request to the answer, by route pattern.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const delay = new Gauge({
    name: 'pramaan_audit_merge_delay_seconds',
    help: 'How long the oldest audit entry waits to be sealed. Above 60 it is an alarm.',
    registers: [registry],
  })
  const size = new Gauge({
    name: 'pramaan_audit_log_size',
    help: 'Entries under the newest signed checkpoint of the audit log.',
    registers: [registry],
  })
  const series = new Map<string, Histogram.Internal<string>>()
  return {
    observe(method, route, status, tookMs) {
      const key = `${method} ${route} ${status}`
      let one = series.get(key)
      if (!one) {
        one = durations.labels({ method, route, status: String(status) })
        series.set(key, one)
      }
      one.observe(tookMs / 1000)
    },
    async render() {
      const status = await options.auditLog().catch(() => null)
      // Without an answer there is no number: an old one would look like a log that is sealed.
      delay.set(status ? status.mergeDelayMs / 1000 : Number.NaN)
      size.set(status ? status.size : Number.NaN)
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

/** GET /metrics, for whoever holds `METRICS_TOKEN`; without the setting there is nothing here. */
export const metricsPage: Handler = async (call) => {
  const { settings, metrics } = call.http
  if (settings.metricsToken === null) throw new AppError('not_found', 'There is nothing under this address.')
  const expected = Buffer.from(`Bearer ${settings.metricsToken}`)
  const given = Buffer.from(call.incoming.headers.authorization ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AppError('unauthenticated', 'Send METRICS_TOKEN as a bearer token.')
  }
  return answer(call, 200, await metrics.render(), { 'content-type': metrics.contentType })
}
