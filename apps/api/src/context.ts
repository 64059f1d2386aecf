import { authenticate } from '@pramaan/core/identity'
import type { Actor, Idempotency } from '@pramaan/core/platform/context'
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
  readonly enrolOnly?: boolean
}

/** Nobody we know. */
export const STRANGER: Identity = { actor: { kind: 'anonymous' }, advisorId: null, tier: null }

const BEARER = /^Bearer ([A-Za-z0-9._~-]{16,4096})$/

/**
 * Who calls, by bearer token or by session cookie. Where strangers are welcome, credentials are not looked at: an
 * expired token or cookie must not keep anybody from signing in.
 *
 * @throws AppError `unauthenticated`, `session_ended`, `origin_refused`
 */
export async function identify(call: Call, strangersWelcome: boolean): Promise<Identity> {
  if (strangersWelcome) return STRANGER
  const { authorization, cookie } = call.incoming.headers
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.[1]
    if (token === undefined) throw new AppError('unauthenticated', 'Send "Authorization: Bearer" and an access token.')
    return authenticate(call.http.deps, { accessToken: token })
  }
  const sessionSecret = sessionSecretOf(cookie, call.http.settings)
  if (sessionSecret === null) return STRANGER
  requireOwnOrigin(call.incoming, call.http.settings)
  return authenticate(call.http.deps, { sessionSecret })
}

/** What the gate looks at. */
export function visitOf(call: Call, identity: Identity): Visit {
  const reply = { counted: null, session: null }
  return { ...identity, ip: call.ip, limiter: call.http.deps.limiter, reply }
}

/** What the procedures of this request get. */
export function contextOf(call: Call, visit: Visit, idempotency?: Idempotency): Context {
  const { requestId, ip, incoming } = call
  const { actor, advisorId, tier } = visit
  return {
    core: call.http.deps.context({ actor, advisorId, tier, requestId, ip, idempotency }),
    visit,
    userAgent: (incoming.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
  }
}

const MAX_USER_AGENT = 300

/** The context of a route that knows its callers by other means: a signature, or a token in a mail. */
export const strangersContext = (call: Call) => contextOf(call, visitOf(call, STRANGER))
