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

/** No answer came. `neverSent` holds the code of a connection that was not made; null where the request may have arrived. */
export class NoAnswerError extends Error {
  readonly neverSent: string | null

  constructor(neverSent: string | null, cause: unknown) {
    super('no answer came', { cause })
    this.name = 'NoAnswerError'
    this.neverSent = neverSent
  }
}

export interface HttpAnswer {
  status: number
  /** The body as JSON; null where it is none, or larger than any honest one. */
  body: unknown
  /** The server's own time, from its `Date` header (RFC 9110, 6.6.1): whole seconds; null where it sent none. */
  date: Date | null
}

/**
 * One call of a vendor: one try, a time limit, no redirect followed, an answer of bounded size.
 *
 * @throws NoAnswerError
 */
export async function httpExchange(request: {
  url: URL
  method: string
  headers: Record<string, string>
  body?: unknown
  timeoutMs: number
}): Promise<HttpAnswer> {
  const { url, method, body, timeoutMs } = request
  const headers = { accept: 'application/json', ...request.headers }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  if (body !== undefined) Object.assign(headers, { 'content-type': 'application/json' })
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...sent })
    const date = new Date(response.headers.get('date') ?? Number.NaN)
    const read = parseJson(await readBounded(response))
    return { status: response.status, body: read, date: Number.isNaN(date.getTime()) ? null : date }
  } catch (cause) {
    const code = causeCode(cause)
    throw new NoAnswerError(code !== undefined && NEVER_SENT.has(code) ? code : null, cause)
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

function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (typeof code === 'string') return code
  // A host with several addresses fails with one error for each of them.
  return cause instanceof AggregateError
    ? cause.errors.map((one) => (one as { code?: string }).code).find(Boolean)
    : undefined
}
