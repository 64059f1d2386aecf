import { entitlementsOf } from '@pramaan/core/identity'
import { AppError } from '@pramaan/core/platform/errors'
import { placeHash } from '@pramaan/core/platform/place'
import { initTRPC } from '@trpc/server'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import { z } from 'zod'
import type { Context, Visit } from './context.ts'
import { ERROR_KINDS, type Failure, failureOf } from './errors.ts'

export type RestMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** How a procedure appears as REST. Paths are below `/api` and name their parameters in braces. */
export interface RestMeta {
  method: RestMethod
  path: `/${string}`
  /** The status of success; 200 unless told. */
  status?: 200 | 201 | 202
  summary: string
  tags: string[]
  /** A list that is also given as a table, to those who ask with `Accept: text/csv`; the next page is in `Link`. */
  csvAnswer?: true
  /**
   * Takes `text/csv` too, and larger bodies. Such a body is held in a file: its first piece is the field `csv`, the rest
   * is `ctx.upload`.
   */
  csv?: true
}

export interface Meta {
  rest?: RestMeta
  /** Who may call at all; which roles may is decided by the use case. A procedure without it is closed. */
  access?: 'public' | 'signedIn'
  /** Staff without a second factor may call it too: all that it takes to set one up, and to leave. */
  beforeTotp?: true
  /** `none`: the answer holds secrets and is never kept for a repetition. */
  idempotency?: 'none'
  /**
   * A read that its caller may keep for so long. The field `besides` says something of the answer itself: the ETag is weak
   * (RFC 9110, 8.8.1) and the same for answers that differ in nothing else.
   */
  caching?: { maxAgeSeconds: number; besides: string }
  /** The field of a read that names its version: it leads the ETag, and `If-Match` on the write of the same path means it. */
  versionField?: string
}

/** A failure as tRPC sends it: the same code, request id and list of errors as in a REST problem. */
export function errorShape(failure: Failure, requestId: string, path: string | undefined) {
  const { status, trpc } = ERROR_KINDS[failure.code]
  return {
    message: failure.detail,
    code: TRPC_ERROR_CODES_BY_KEY[trpc],
    data: {
      code: failure.code,
      httpStatus: status,
      requestId,
      path,
      ...(failure.errors ? { errors: failure.errors } : {}),
    },
  }
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter: ({ error, ctx, path }) => errorShape(failureOf(error), ctx?.core.requestId ?? '', path),
  })

export const router = t.router

/** Calls per minute from one place (IPv4 address, IPv6 /64), for each public procedure by itself. */
export const PUBLIC_LIMIT = 60

/** Calls per minute of somebody of ours. */
const STAFF_LIMIT = 1_000

/**
 * The one gate in front of every procedure, for tRPC and REST alike: it refuses strangers where `access` is not public,
 * and counts the call. The calls of people and API keys count for their advisor (staff: for the user), public ones for the
 * address.
 *
 * @throws AppError `unauthenticated`, `totp_enrollment_required`, `rate_limited`
 */
export function admit(visit: Visit, meta: Meta | undefined, name: string): Promise<void> {
  const { actor, advisorId, refusal } = visit
  if (refusal !== undefined) return Promise.reject(refusal)
  if (meta?.access === 'public') {
    return count(visit, 'address', `address:${name}:${placeHash(visit).toString('base64url')}`, PUBLIC_LIMIT)
  }
  if (actor.kind === 'anonymous' || actor.kind === 'system') return Promise.reject(unauthenticated())
  if (visit.enrolOnly && !meta?.beforeTotp) return Promise.reject(totpEnrollmentRequired())
  if (actor.kind === 'user' && advisorId === null) return count(visit, 'staff', `user:${actor.userId}`, STAFF_LIMIT)
  const tier = visit.tier ?? 'basic'
  return count(visit, tier, `advisor:${advisorId}`, entitlementsOf(tier, visit.now()).requestsPerMinute)
}

const unauthenticated = () =>
  new AppError('unauthenticated', 'Sign in first, then send the access token as a bearer token.')

const totpEnrollmentRequired = () =>
  new AppError(
    'totp_enrollment_required',
    'Your role needs a second factor. Set it up with /api/auth/totp/enroll and /api/auth/totp/confirm.',
  )

async function count(visit: Visit, policy: string, key: string, limit: number): Promise<void> {
  const decision = await visit.limiter.take(key, limit)
  visit.reply.counted = { policy, ...decision }
  if (!decision.allowed) {
    throw new AppError('rate_limited', `The limit is ${limit} requests a minute. Wait as long as Retry-After says.`)
  }
}

const gated = t.procedure.use(async ({ ctx, meta, path, next }) => {
  await admit(ctx.visit, meta, path)
  return next()
})

/** A procedure that strangers may call: sign-up, sign-in, public facts. */
export const publicProcedure = gated.meta({ access: 'public' })

/** A procedure for signed-in people and API keys; the use case decides which of them. */
export const procedure = gated.meta({ access: 'signedIn' })

/** The input of a procedure that takes none: nothing, or an empty object. */
export const Nothing = z.strictObject({}).prefault({})
