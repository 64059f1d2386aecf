import { timingSafeEqual } from 'node:crypto'
import type { ExportStatus, LogStatus } from '@pramaan/core/audit'
import type { BillingHealth } from '@pramaan/core/billing'
import type { ModelSpend } from '@pramaan/core/compliance'
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

interface MetricsOptions {
  /** Adds those of Node itself. */
  defaults: boolean
  /** All are asked at each scrape. */
  auditLog: () => Promise<LogStatus>
  auditExports: () => Promise<ExportStatus[]>
  spend: () => Promise<ModelSpend>
  billing: () => Promise<BillingHealth>
  /** In ms; null where no replica answers. */
  replicaLag: () => Promise<number | null>
}

/** The metrics of one process. */
export function createMetrics(options: MetricsOptions): Metrics {
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
  const exported = new Gauge({
    name: 'pramaan_audit_export_age_seconds',
    help: 'How long ago a place outside of the system had the newest checkpoint. Above 10800, or without a number, it is an alarm.',
    labelNames: ['target'],
    registers: [registry],
  })
  const lag = new Gauge({
    name: 'pramaan_replica_lag_seconds',
    help: 'How far what reports say is behind. Without a number the replica is away, or none is set.',
    registers: [registry],
  })
  const showSpend = spendGauges(registry)
  const showBilling = billingGauges(registry)
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
      // Without a database the other metrics are wanted most. The log then has no number: an old one would look like a
      // log that is sealed. Those of the model and of billing stay as they were.
      const [status, lagMs] = await Promise.all([
        options.auditLog().catch(() => null),
        options.replicaLag().catch(() => null),
        options.spend().then(showSpend, () => undefined),
        options.billing().then(showBilling, () => undefined),
        options.auditExports().then(
          (places) => {
            for (const { ageMs, target } of places) exported.set({ target }, ageMs === null ? Number.NaN : ageMs / 1000)
          },
          () => exported.reset(),
        ),
      ])
      delay.set(status ? status.mergeDelayMs / 1000 : Number.NaN)
      size.set(status ? status.size : Number.NaN)
      lag.set(lagMs === null ? Number.NaN : lagMs / 1000)
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

/** What the model beside stage 2 costs. The worker calls it; the counts stand in the database, the same for every process. */
function spendGauges(registry: Registry): (spend: ModelSpend) => void {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const calls = gauge('pramaan_ai_calls_today', 'Calls of the model since midnight in India.')
  const tokens = gauge('pramaan_ai_tokens_today', 'Tokens of the model since midnight in India.', ['direction'])
  const paused = gauge('pramaan_ai_paused_advisors', 'Advisors for whom the model is left alone after failures.')
  return (spend) => {
    calls.set(spend.calls)
    tokens.set({ direction: 'input' }, spend.inputTokens)
    tokens.set({ direction: 'output' }, spend.outputTokens)
    paused.set(spend.pausedAdvisors)
  }
}

/** `docs/runbooks/billing.md` says from which value on each is an alarm. What was never measured has no number. */
function billingGauges(registry: Registry): (health: BillingHealth) => void {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `pramaan_billing_${name}`, help, labelNames, registers: [registry] })
  const parked = gauge('parked_events', 'Events of Razorpay that wait for a person.')
  const silence = gauge('webhook_silence_seconds', 'Since the newest event of Razorpay came in.')
  const unknown = gauge('unknown_calls', 'Calls about money whose outcome is unknown for ten minutes.', ['of'])
  const delay = gauge('look_delay_seconds', 'How far the comparison of subscriptions with Razorpay is behind.')
  const late = gauge('late_subscriptions', 'Subscriptions whose money is late, or was given up.', ['state'])
  const differing = gauge('mismatches', 'Differences that the newest daily comparison of the books found.')
  const age = gauge('compared_age_seconds', 'Since the newest daily comparison of the books.')
  const seconds = (ms: number | null | undefined) => (ms == null ? Number.NaN : ms / 1000)
  return ({ comparison, ...health }) => {
    parked.set(health.parkedEvents)
    silence.set(seconds(health.silenceMs))
    for (const [of, calls] of Object.entries(health.unknownCalls)) unknown.set({ of }, calls)
    delay.set(seconds(health.lookDelayMs))
    for (const [state, subscriptions] of Object.entries(health.late)) late.set({ state }, subscriptions)
    differing.set(comparison?.differing ?? Number.NaN)
    age.set(seconds(comparison?.ranAgoMs))
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
