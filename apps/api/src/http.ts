import type { HttpBindings } from '@hono/node-server'
import type { Deps } from '@pramaan/core/deps'
import { AppError } from '@pramaan/core/platform/errors'
import { describeError } from '@pramaan/core/platform/log'
import { ERROR_KINDS, failureOf, problemOf } from '@pramaan/trpc/errors'
import type { Context as HonoContext } from 'hono'
import type { Metrics } from './metrics.ts'
import { clientIp } from './middleware/client-ip.ts'
import { gzipped } from './middleware/compress.ts'
import { corsHeaders } from './middleware/cors.ts'
import { requestIdOf } from './middleware/request-id.ts'
import type { HttpSettings } from './settings.ts'

/** What all handlers of one process share. */
export interface Http {
  readonly deps: Deps
  readonly settings: HttpSettings
  readonly metrics: Metrics
  /** Headers of every answer, made once. */
  readonly headers: Readonly<Record<string, string>>
  /** False while draining: `/readyz` says so and kept-alive connections are closed. */
  accepting: boolean
}

export type Bindings = { Bindings: HttpBindings }

/** One request on its way. */
export interface Call {
  readonly http: Http
  readonly c: HonoContext<Bindings>
  readonly incoming: HttpBindings['incoming']
  /** The pattern of the route, never the URL: for metrics and logs. */
  readonly route: string
  readonly requestId: string
  readonly ip: string
  readonly startedAt: number
}

export type Handler = (call: Call) => Response | Promise<Response>

/** Wraps a handler for Hono: makes the call, turns what is thrown into a problem, counts and logs the answer. */
export function handled(http: Http, route: string, handler: Handler): (c: HonoContext<Bindings>) => Promise<Response> {
  return async (c) => {
    const { incoming } = c.env
    const call: Call = {
      http,
      c,
      incoming,
      route,
      requestId: requestIdOf(incoming),
      ip: clientIp(incoming, http.settings.trustedProxies),
      startedAt: performance.now(),
    }
    let response: Response
    try {
      response = await handler(call)
    } catch (error) {
      response = refuse(call, error)
    }
    http.metrics.observe(incoming.method ?? 'GET', route, response.status, performance.now() - call.startedAt)
    return response
  }
}

/**
 * The answer in the form that @hono/node-server writes without touching web streams or `Headers`: a string or bytes, and
 * a plain object of headers. Only what is too large for that is a stream. Everything that leaves this process goes through here.
 */
export function answer(
  call: Call,
  status: number,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  headers?: Record<string, string>,
): Response {
  const { http, incoming } = call
  const all: Record<string, string> = { ...http.headers, 'x-request-id': call.requestId, ...headers }
  if (incoming.headers.origin !== undefined) Object.assign(all, corsHeaders(incoming, http.settings.corsOrigins))
  if (!http.accepting) all.connection = 'close'
  return new Response(body, { status, headers: all })
}

/** `answer` for text that may be long: compressed where the client asks for it and the setting allows it. */
export function answerText(
  call: Call,
  status: number,
  text: string,
  headers: Record<string, string>,
): Response | Promise<Response> {
  const { settings } = call.http
  const small = settings.compression ? gzipped(text, call.incoming.headers['accept-encoding']) : null
  if (small === null) return answer(call, status, text, headers)
  const vary = headers.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding`
  return small.then((bytes) => answer(call, status, bytes, { ...headers, vary, 'content-encoding': 'gzip' }))
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** A problem answer for whatever was thrown; what is our own fault is logged. */
export function refuse(call: Call, error: unknown, headers?: Record<string, string>): Response {
  const failure = failureOf(error)
  const { status } = ERROR_KINDS[failure.code]
  logFailure(call, status, failure.code, error)
  const extra: Record<string, string> = { 'content-type': PROBLEM_TYPE, ...headers }
  if (status === 401) extra['www-authenticate'] = 'Bearer'
  if (status === 503) extra['retry-after'] ??= '2'
  // Limits inside use cases, too, are by the minute.
  if (status === 429) extra['retry-after'] ??= '60'
  return answer(call, status, JSON.stringify(problemOf(failure, call.requestId)), extra)
}

/** Writes down a failure: 5xx as errors with their cause, refusals only when somebody debugs. */
export function logFailure(call: Call, status: number, code: string, error: unknown): void {
  const { log } = call.http.deps
  const line = { requestId: call.requestId, method: call.incoming.method, route: call.route, status, code }
  if (status < 500) log.debug(line, 'refused')
  else log.error({ ...line, ...describeError(causeOf(error)) }, 'failed')
}

/** tRPC wraps what a procedure throws. */
const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.name === 'TRPCError' && error.cause ? error.cause : error

/** For an unknown route: 405 with `Allow` where another method exists, else 404. */
export function noRoute(call: Call, allowed: string[]): Response {
  if (allowed.length === 0) return refuse(call, new AppError('not_found', 'There is nothing under this address.'))
  const methods = allowed.join(', ')
  const error = new AppError('method_not_allowed', `Use ${methods} here.`)
  return refuse(call, error, { allow: methods })
}
