import type { z } from 'zod'
import { UpstreamError } from '../../platform/errors.ts'
import { httpExchange, NoAnswerError } from '../../platform/http-exchange.ts'

export interface RazorpayCall {
  method: 'GET' | 'POST'
  /** Below `/v1`, e.g. `/plans`. */
  path: string
  /** What a log line may call this call: no ids, no secrets. */
  label: string
  query?: Record<string, string | number>
  body?: unknown
  headers?: Record<string, string>
  /** Doing it twice does no harm, so a lost answer leaves nothing in doubt. */
  repeatable: boolean
}

export interface RazorpayServer {
  /** With `/v1` or without: it is added where it is missing. */
  baseUrl: string
  keyId: string
  keySecret: string
  timeoutMs: number
}

/**
 * One call of the API, tried once.
 *
 * @returns what was answered, and the vendor's time of it (its `Date` header, whole seconds)
 * @throws UpstreamError whose `vendorCode` is the HTTP status; `outcomeUnknown` when the vendor may have done the work
 */
export async function callRazorpay<Answer extends z.ZodType>(
  server: RazorpayServer,
  call: RazorpayCall,
  answer: Answer,
): Promise<{ value: z.output<Answer>; asOf: Date | null }> {
  const base = server.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')
  const url = new URL(`${base}/v1${call.path}`)
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value))
  const credentials = Buffer.from(`${server.keyId}:${server.keySecret}`).toString('base64')
  const headers = { authorization: `Basic ${credentials}`, ...call.headers }
  const { status, body, date } = await httpExchange({
    url,
    method: call.method,
    headers,
    body: call.body,
    timeoutMs: server.timeoutMs,
  }).catch((error) => {
    throw error instanceof NoAnswerError ? unanswered(call, error) : error
  })
  // All successes are 200; anything else below 300, a redirect or a fault of theirs tells nothing about the work.
  if (status >= 400 && status <= 499) {
    const options = { retryable: status === 429 || status === 409, outcomeUnknown: false, vendorCode: status }
    throw new UpstreamError('razorpay', `${call.label}: answered ${status}`, options)
  }
  if (status < 200 || status > 299) throw inDoubt(call, `answered ${status}`, { vendorCode: status })
  const parsed = answer.safeParse(body)
  if (!parsed.success) throw inDoubt(call, `answered ${status} with something unreadable`, { vendorCode: status })
  return { value: parsed.data, asOf: date }
}

function unanswered(call: RazorpayCall, { neverSent, cause }: NoAnswerError): UpstreamError {
  if (neverSent === null) return inDoubt(call, 'no answer came', { cause })
  const options = { retryable: true, outcomeUnknown: false, cause }
  return new UpstreamError('razorpay', `${call.label}: the service could not be reached (${neverSent})`, options)
}

function inDoubt(call: RazorpayCall, what: string, more: { vendorCode?: number; cause?: unknown }): UpstreamError {
  const options = { retryable: call.repeatable, outcomeUnknown: !call.repeatable, ...more }
  return new UpstreamError('razorpay', `${call.label}: ${what}`, options)
}
