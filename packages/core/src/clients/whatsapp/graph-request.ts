import { z } from 'zod'
import { UpstreamError } from '../../platform/errors.ts'
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

interface GraphServer {
  baseUrl: string
  version: string
  timeoutMs: number
}

const MAX_ANSWER_BYTES = 1024 * 1024

/** Failures of a connection that was never made: the request cannot have arrived. */
const NEVER_SENT = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

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
  const { status, text } = await exchange(server, call)
  const body = parseJson(text)
  if (status < 200 || status > 299) throw refusal(call, status, body)
  const parsed = answer.safeParse(body)
  if (!parsed.success) throw inDoubt(call, `answered ${status} with something unreadable`)
  return parsed.data
}

async function exchange(server: GraphServer, call: GraphCall): Promise<{ status: number; text: string | null }> {
  const url = new URL(`${server.baseUrl.replace(/\/$/, '')}/${server.version}${call.path}`)
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (call.accessToken !== undefined) headers.authorization = `Bearer ${call.accessToken}`
  if (call.body !== undefined) headers['content-type'] = 'application/json'
  try {
    const response = await fetch(url, {
      method: call.method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(server.timeoutMs),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
    return { status: response.status, text: await readBounded(response) }
  } catch (cause) {
    const code = causeCode(cause)
    if (code !== undefined && NEVER_SENT.has(code)) {
      const options = { retryable: true, outcomeUnknown: false, cause }
      throw new UpstreamError('whatsapp', `${call.label}: the service could not be reached (${code})`, options)
    }
    throw inDoubt(call, 'no answer came', cause)
  }
}

/** @returns null when the answer is larger than any honest one */
async function readBounded(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

const GraphError = z.object({ error: z.object({ code: z.int() }) })

/** Branches on the error's code and only without one on the HTTP status, as Meta advises. */
function refusal(call: GraphCall, status: number, body: unknown): UpstreamError {
  const parsed = GraphError.safeParse(body)
  const vendorCode = parsed.success ? parsed.data.error.code : undefined
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
  })
}

function inDoubt(call: GraphCall, what: string, cause?: unknown, vendorCode?: number): UpstreamError {
  const options = { retryable: call.repeatable, outcomeUnknown: !call.repeatable, vendorCode, cause }
  return new UpstreamError('whatsapp', `${call.label}: ${what}`, options)
}

function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (typeof code === 'string') return code
  // A host with several addresses fails with one error for each of them.
  return cause instanceof AggregateError
    ? cause.errors.map((one) => (one as { code?: string }).code).find(Boolean)
    : undefined
}
