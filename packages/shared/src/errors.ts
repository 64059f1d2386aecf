import { z } from 'zod'

/** Every error a caller can see. Each code has exactly one HTTP status and one tRPC code (`packages/trpc/src/errors.ts`). */
export const ErrorCode = z.enum([
  'invalid_input',
  'invalid_cursor',
  'malformed_json',
  'unsupported_media_type',
  'payload_too_large',
  'unauthenticated',
  'invalid_credentials',
  'totp_required',
  'totp_enrollment_required',
  'step_up_required',
  'password_refused',
  'refresh_reused',
  'refresh_expired',
  'session_ended',
  'invalid_token',
  'email_unverified',
  'forbidden',
  'origin_refused',
  'not_found',
  'method_not_allowed',
  'conflict',
  'invalid_state',
  'no_valid_proof',
  'consent_missing',
  'plan_limit_reached',
  'stale_version',
  'idempotency_mismatch',
  'idempotency_in_progress',
  'rate_limited',
  'upstream_failed',
  'unavailable',
  'internal',
])
export type ErrorCode = z.infer<typeof ErrorCode>

/** RFC 9457 problem details, the body of every REST error (`application/problem+json`). */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: ErrorCode,
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
