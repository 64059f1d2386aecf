import { z } from 'zod'
import { UpstreamError } from '../../platform/errors.ts'
import { httpExchange, NoAnswerError } from '../../platform/http-exchange.ts'
import { errorClassOf } from './error-classes.ts'

interface GraphCall {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below the version, e.g. `/1234/messages`. */
  path: string
  /** What a log line may call this call: no ids, no secrets. */
  label: string
  accessToken?: string
  query?: Record<string, string>
  body?: unknown
  /** Doing it twice does no harm, so a lost answer leaves nothing in doubt. */
  repeatable: boolean
}

export interface GraphServer {
  baseUrl: string
  version: string
  timeoutMs: number
}

/**
 * One call of the Graph API: one try, a time limit, no redirect followed, an answer of bounded size.
 *
 * @throws UpstreamError; `outcomeUnknown` when the vendor may have done the work although we do not know it
 */
export async function callGraph<Answer extends z.ZodType>(
  server: GraphServer,
  call: GraphCall,
  answer: Answer,
): Promise<z.output<Answer>> {
  const { status, body } = await exchange(server, call)
  if (status < 200 || status > 299) throw refusal(call, status, body)
  const parsed = answer.safeParse(body)
  if (!parsed.success) throw inDoubt(call, `answered ${status} with something unreadable`)
  return parsed.data
}

async function exchange(server: GraphServer, call: GraphCall) {
  const url = new URL(`${server.baseUrl.replace(/\/$/, '')}/${server.version}${call.path}`)
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value)
  const headers = call.accessToken === undefined ? {} : { authorization: `Bearer ${call.accessToken}` }
  try {
    return await httpExchange({ url, method: call.method, headers, body: call.body, timeoutMs: server.timeoutMs })
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error
    const { cause, neverSent } = error
    if (neverSent === null) throw inDoubt(call, 'no answer came', cause)
    const options = { retryable: true, outcomeUnknown: false, cause }
    throw new UpstreamError('whatsapp', `${call.label}: the service could not be reached (${neverSent})`, options)
  }
}

const GraphError = z.object({ error: z.object({ code: z.int(), error_subcode: z.int().optional().catch(undefined) }) })

/** Branches on the error's code and only without one on the HTTP status, as Meta advises. */
function refusal(call: GraphCall, status: number, body: unknown): UpstreamError {
  const parsed = GraphError.safeParse(body)
  const vendorCode = parsed.success ? parsed.data.error.code : undefined
  const vendorSubcode = parsed.success ? parsed.data.error.error_subcode : undefined
  const errorClass = vendorCode === undefined ? null : errorClassOf(vendorCode)
  if (errorClass === null && status !== 429 && (status < 400 || status > 499)) {
    return inDoubt(call, `answered ${status}`, undefined, vendorCode)
  }
  const retryable = errorClass === null ? status === 429 : errorClass === 'retry' || errorClass === 'retry_pair'
  const shown = vendorCode === undefined ? '' : ` with error ${vendorCode}`
  return new UpstreamError('whatsapp', `${call.label}: answered ${status}${shown}`, {
    retryable,
    outcomeUnknown: false,
    vendorCode,
    vendorSubcode,
  })
}

function inDoubt(call: GraphCall, what: string, cause?: unknown, vendorCode?: number): UpstreamError {
  const options = { retryable: call.repeatable, outcomeUnknown: !call.repeatable, vendorCode, cause }
  return new UpstreamError('whatsapp', `${call.label}: ${what}`, options)
}
