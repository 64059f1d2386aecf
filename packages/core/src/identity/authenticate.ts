import { type Queries, schema, statement } from '@pramaan/db'
import type { Tier } from '@pramaan/shared'
import { eq, sql } from 'drizzle-orm'
import type { Actor, Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import type { SessionRecord } from '../platform/sessions.ts'
import { tierAt } from './rules/tier.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors, members, users } = schema

/** Who calls, for whom, on which tier; all three from the database at this moment, none from the token. */
export interface Identity {
  actor: Extract<Actor, { kind: 'user' }>
  advisorId: string | null
  tier: Tier | null
  /** Staff without TOTP: all they may do is to set it up. */
  enrolOnly: boolean
}

/**
 * Who stands behind an access token or a session's secret. Redis says whether the session lives, PostgreSQL whether the
 * person may still act; both are asked at the same time, and when one does not answer nobody is let in.
 *
 * The person of a suspended advisor is let in: to read, and to hear from the commands what they may not do.
 *
 * @throws AppError `unauthenticated` (not a token of ours), `session_ended`
 */
export async function authenticate(
  deps: Pick<Ctx, 'db' | 'sessions' | 'tokens' | 'settings' | 'now'>,
  credential: { accessToken: string } | { sessionSecret: string },
): Promise<Identity> {
  if ('accessToken' in credential) {
    const claims = await deps.tokens.verify(credential.accessToken)
    if (!claims)
      throw new AppError('unauthenticated', 'This access token is not valid any more. Refresh it or sign in.')
    const [session, standing] = await Promise.all([
      deps.sessions.findByHandle(claims.sessionId),
      standingOf(deps.db.acrossAdvisors.lookup, claims.userId),
    ])
    return identityOf(deps, claims.userId, session, standing)
  }
  const session = await deps.sessions.findBySecret(credential.sessionSecret)
  if (!session) throw sessionEnded()
  return identityOf(deps, session.userId, session, await standingOf(deps.db.acrossAdvisors.lookup, session.userId))
}

type Standing = Awaited<ReturnType<typeof standingOf>>

function identityOf(
  { settings, now }: Pick<Ctx, 'settings' | 'now'>,
  userId: string,
  session: SessionRecord | null,
  standing: Standing,
): Identity {
  if (!session || session.userId !== userId) throw sessionEnded()
  if (standing?.status !== 'active' || standing.credentialVersion !== session.credentialVersion) throw sessionEnded()
  const { role, memberRole, advisorId } = standing
  const tier = standing.tier && tierAt({ ...standing, tier: standing.tier }, now())
  const { handle: sessionId, steppedUpAt } = session
  const enrolOnly = role !== 'advisor' && !standing.hasTotp && !(standing.totpWaived && settings.embedded)
  return { actor: { kind: 'user', userId, role, memberRole, sessionId, steppedUpAt }, advisorId, tier, enrolOnly }
}

const standingOf = async (queries: Queries, userId: string) => (await selectStanding(queries).execute({ userId }))[0]

const selectStanding = statement((queries) =>
  queries
    .select({
      status: users.status,
      role: users.role,
      credentialVersion: users.credentialVersion,
      hasTotp: sql<boolean>`${users.totpConfirmedAt} is not null`,
      totpWaived: users.totpWaived,
      memberRole: members.role,
      advisorId: members.advisorId,
      ...tierColumns,
    })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .leftJoin(advisors, eq(advisors.id, members.advisorId))
    .where(eq(users.id, sql.placeholder('userId')))
    .prepare('identity_standing'),
)

const sessionEnded = () => new AppError('session_ended', 'This session has ended. Sign in again.')
