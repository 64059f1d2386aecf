import { AppError, UpstreamError } from '@pramaan/core/platform/errors'
import type { ErrorCode, Problem } from '@pramaan/shared'
import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'

type TrpcCode = ConstructorParameters<typeof TRPCError>[0]['code']

interface ErrorKind {
  status: number
  trpc: TrpcCode
  title: string
}

/** The one table from our error codes to HTTP and tRPC. A code that lacks a line here does not compile. */
export const ERROR_KINDS: Record<ErrorCode, ErrorKind> = {
  invalid_input: { status: 400, trpc: 'BAD_REQUEST', title: 'The input is not valid' },
  invalid_cursor: { status: 400, trpc: 'BAD_REQUEST', title: 'The cursor is not valid' },
  malformed_json: { status: 400, trpc: 'PARSE_ERROR', title: 'The body is not valid JSON' },
  unsupported_media_type: { status: 415, trpc: 'UNSUPPORTED_MEDIA_TYPE', title: 'Unsupported media type' },
  payload_too_large: { status: 413, trpc: 'PAYLOAD_TOO_LARGE', title: 'The body is too large' },
  unauthenticated: { status: 401, trpc: 'UNAUTHORIZED', title: 'Not signed in' },
  invalid_credentials: { status: 401, trpc: 'UNAUTHORIZED', title: 'Wrong email address or password' },
  totp_required: { status: 401, trpc: 'UNAUTHORIZED', title: 'A one-time code is needed' },
  totp_enrollment_required: { status: 403, trpc: 'FORBIDDEN', title: 'A second factor must be set up first' },
  step_up_required: { status: 403, trpc: 'FORBIDDEN', title: 'Prove again who you are' },
  password_refused: { status: 400, trpc: 'BAD_REQUEST', title: 'The password is not good enough' },
  refresh_reused: { status: 401, trpc: 'UNAUTHORIZED', title: 'The refresh token was already used' },
  refresh_expired: { status: 401, trpc: 'UNAUTHORIZED', title: 'The refresh token has expired' },
  session_ended: { status: 401, trpc: 'UNAUTHORIZED', title: 'The session has ended' },
  invalid_token: { status: 400, trpc: 'BAD_REQUEST', title: 'The token is not valid' },
  email_unverified: { status: 403, trpc: 'FORBIDDEN', title: 'The email address is not confirmed' },
  forbidden: { status: 403, trpc: 'FORBIDDEN', title: 'Not allowed' },
  origin_refused: { status: 403, trpc: 'FORBIDDEN', title: 'This origin is not allowed' },
  not_found: { status: 404, trpc: 'NOT_FOUND', title: 'Not found' },
  method_not_allowed: { status: 405, trpc: 'METHOD_NOT_SUPPORTED', title: 'Method not allowed' },
  conflict: { status: 409, trpc: 'CONFLICT', title: 'Conflict' },
  invalid_state: { status: 409, trpc: 'CONFLICT', title: 'Not possible in this state' },
  no_valid_proof: { status: 409, trpc: 'CONFLICT', title: 'There is no valid approval' },
  consent_missing: { status: 409, trpc: 'CONFLICT', title: 'The recipient has not consented' },
  stale_version: { status: 412, trpc: 'PRECONDITION_FAILED', title: 'The version is stale' },
  plan_limit_reached: { status: 402, trpc: 'PAYMENT_REQUIRED', title: 'The plan does not cover this' },
  idempotency_mismatch: {
    status: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    title: 'The Idempotency-Key belongs to another request',
  },
  idempotency_in_progress: { status: 409, trpc: 'CONFLICT', title: 'The first request is still running' },
  rate_limited: { status: 429, trpc: 'TOO_MANY_REQUESTS', title: 'Too many requests' },
  upstream_failed: { status: 502, trpc: 'BAD_GATEWAY', title: 'An outside service failed' },
  unavailable: { status: 503, trpc: 'SERVICE_UNAVAILABLE', title: 'Not available for a moment' },
  internal: { status: 500, trpc: 'INTERNAL_SERVER_ERROR', title: 'Internal error' },
}

/** What a caller may hear about an error. */
export interface Failure {
  code: ErrorCode
  detail: string
  errors?: NonNullable<Problem['errors']>
}

const INTERNAL: Failure = {
  code: 'internal',
  detail: 'Something went wrong on our side. Try again; if it stays, tell us the request id.',
}
const UNAVAILABLE: Failure = {
  code: 'unavailable',
  detail: 'A part of the service is not reachable right now. Try again in a few seconds.',
}
const UPSTREAM: Failure = {
  code: 'upstream_failed',
  detail: 'An outside service did not do its part. Try again later.',
}

/** tRPC's own complaints, raised before a procedure of ours ran. */
const TRPC_FAILURES: Partial<Record<TrpcCode, Failure>> = {
  PARSE_ERROR: { code: 'malformed_json', detail: 'The body could not be read as JSON.' },
  BAD_REQUEST: { code: 'invalid_input', detail: 'The call could not be read.' },
  NOT_FOUND: { code: 'not_found', detail: 'There is no such procedure.' },
  METHOD_NOT_SUPPORTED: {
    code: 'method_not_allowed',
    detail: 'This procedure is called with another method.',
  },
  UNSUPPORTED_MEDIA_TYPE: { code: 'unsupported_media_type', detail: 'Send the body as application/json.' },
  PAYLOAD_TOO_LARGE: { code: 'payload_too_large', detail: 'The body is larger than 256 KB.' },
}

/**
 * Turns whatever was thrown into what the caller hears. Only an `AppError` speaks for itself and only a refused input
 * lists its issues; an outage of ours is `unavailable`, a vendor's is `upstream_failed`, anything else is `internal`.
 */
export function failureOf(thrown: unknown): Failure {
  const error = thrown instanceof TRPCError && thrown.cause ? thrown.cause : thrown
  if (error instanceof AppError) return { code: error.code, detail: error.publicMessage }
  if (thrown instanceof TRPCError && thrown.code === 'BAD_REQUEST') {
    if (error instanceof ZodError) return invalidInput(error)
    if (error instanceof SyntaxError) return TRPC_FAILURES.PARSE_ERROR ?? INTERNAL
  }
  if (error instanceof TRPCError) return TRPC_FAILURES[error.code] ?? INTERNAL
  if (isOutage(error)) return UNAVAILABLE
  if (error instanceof UpstreamError) return UPSTREAM
  return INTERNAL
}

const MAX_ISSUES = 20
const MAX_MESSAGE = 300

function invalidInput(error: ZodError): Failure {
  const errors = error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message: message.slice(0, MAX_MESSAGE),
  }))
  return { code: 'invalid_input', detail: 'The input is not valid; see `errors` for what to change.', errors }
}

/** Connection classes of PostgreSQL (SQLSTATE 08, 53, 57P), of sockets, and what ioredis and pg say in words alone. */
const OUTAGE_CODE = /^(08...|53...|57P0[1-3]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/
const OUTAGE_TEXT =
  /^(Connection (terminated|is closed)|timeout (exceeded when trying to connect|expired$)|Command timed out|Client has encountered a connection error|Client was closed|Query read timeout|Reached the max retries per request limit|Stream isn't writeable)/

function isOutage(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4 || error instanceof UpstreamError) return false
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && OUTAGE_CODE.test(code)) return true
  return OUTAGE_TEXT.test(error.message) || isOutage(error.cause, depth + 1)
}

/** RFC 9457 problem details of a failure. */
export function problemOf(failure: Failure, requestId: string): Problem {
  const { status, title } = ERROR_KINDS[failure.code]
  const { code, detail, errors } = failure
  const type = `urn:pramaan:problem:${code.replaceAll('_', '-')}`
  return errors
    ? { type, title, status, detail, code, requestId, errors }
    : { type, title, status, detail, code, requestId }
}
