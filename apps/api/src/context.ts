import { authenticate, authenticateKey, openInspection } from '@pramaan/core/identity'
import type { Actor, Idempotency, Inspection } from '@pramaan/core/platform/context'
import { AppError } from '@pramaan/core/platform/errors'
import type { Tier } from '@pramaan/shared'
import type { Context, Visit } from '@pramaan/trpc/context'
import type { Call } from './http.ts'
import { requireOwnOrigin } from './middleware/origin.ts'
import { sessionSecretOf } from './middleware/session-cookie.ts'

/** Who calls, for which advisor, on which tier. */
export interface Identity {
  readonly actor: Actor
  readonly advisorId: string | null
  readonly tier: Tier | null
  /** The advisor that an inspector looks into, where the request names one. */
  readonly inspection?: Inspection
  readonly enrolOnly?: boolean
}

/** Nobody we know. */
export const STRANGER: Identity = { actor: { kind: 'anonymous' }, advisorId: null, tier: null }

const BEARER = /^Bearer ([A-Za-z0-9._~-]{16,4096})$/

/** What tells an API key from an access token, which has no such beginning: it is three base64url parts with dots. */
const API_KEY = 'prm_'

/**
 * Who calls, by access token, API key or session cookie. Where strangers are welcome, credentials are not looked at: an
 * expired token or cookie must not keep anybody from signing in.
 *
 * @throws AppError `unauthenticated`, `session_ended`, `origin_refused`; `forbidden` for the key of a suspended firm
 */
export async function identify(call: Call, strangersWelcome: boolean): Promise<Identity> {
  if (strangersWelcome) return STRANGER
  const { authorization, cookie } = call.incoming.headers
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.[1]
    if (token === undefined)
      throw new AppError('unauthenticated', 'Send "Authorization: Bearer" and an access token or API key.')
    if (token.startsWith(API_KEY)) return authenticateKey(call.http.deps, token)
    return inspecting(call, await authenticate(call.http.deps, { accessToken: token }))
  }
  const sessionSecret = sessionSecretOf(cookie, call.http.settings)
  if (sessionSecret === null) return STRANGER
  requireOwnOrigin(call.incoming, call.http.settings)
  return inspecting(call, await authenticate(call.http.deps, { sessionSecret }))
}

/**
 * An inspector says in `X-Advisor-Id` whose account they look into; nobody else's header is looked at.
 *
 * @throws AppError `not_found` without a live grant for that advisor
 */
async function inspecting(call: Call, identity: Identity): Promise<Identity> {
  const { actor } = identity
  const header = actor.kind === 'user' && actor.role === 'inspector' ? call.incoming.headers['x-advisor-id'] : undefined
  if (header === undefined) return identity
  const { requestId, ip } = call
  const ctx = call.http.deps.context({ actor, advisorId: null, requestId, ip })
  return { ...identity, inspection: await openInspection(ctx, { advisorId: String(header) }) }
}

/** What the gate looks at. */
export function visitOf(call: Call, identity: Identity): Visit {
  const reply = { counted: null, session: null }
  const { keys, limiter, now } = call.http.deps
  return { ...identity, ip: call.ip, now, keys, limiter, reply }
}

/** What the procedures of this request get. */
export function contextOf(
  call: Call,
  visit: Visit,
  idempotency?: Idempotency,
  upload?: AsyncIterable<string>,
): Context {
  const { requestId, ip, incoming } = call
  const { actor, tier, inspection = null } = visit
  // The gate counts an inspector's calls as their own; the use cases act in the account that is looked into.
  const advisorId = inspection?.advisorId ?? visit.advisorId
  return {
    core: call.http.deps.context({ actor, advisorId, tier, inspection, requestId, ip, idempotency, upload }),
    visit,
    userAgent: (incoming.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
  }
}

const MAX_USER_AGENT = 300

/** The context of a route that knows its callers by other means: a signature, or a token in a mail. */
export const strangersContext = (call: Call) => contextOf(call, visitOf(call, STRANGER))
