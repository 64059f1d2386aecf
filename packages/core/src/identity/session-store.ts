import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Lucia, TimeSpan } from 'lucia'
import type { Redis } from '../platform/redis.ts'
import type { SessionRecord, SessionStore } from '../platform/sessions.ts'
import { ACCESS_TOKEN_SECONDS } from './access-tokens.ts'
import { type SessionAdapter, type SessionAttributes, sessionAdapter } from './session-adapter.ts'

/** A sign-in that nobody uses for this long is over. Lucia moves the end on when half of it has passed. */
const IDLE_DAYS = 14
/** And it is over after this long in any case; the cookie of the browser says the same. */
const ABSOLUTE_MS = 30 * 24 * 3600 * 1000
const SECRET_BYTES = 32
const SECRET_FORM = /^[\w-]{43}$/
const MAX_USER_AGENT = 300
/** How exactly the last use is known. */
const USE_NOTED_EVERY_MS = 60_000
/** Sessions of which a process remembers when it noted their use; for one that it forgot it notes once more. */
const USES_REMEMBERED = 50_000

const createLucia = (adapter: SessionAdapter) =>
  new Lucia(adapter, {
    sessionExpiresIn: new TimeSpan(IDLE_DAYS, 'd'),
    getSessionAttributes: (attributes: SessionAttributes) => attributes,
  })

declare module 'lucia' {
  interface Register {
    Lucia: ReturnType<typeof createLucia>
    DatabaseSessionAttributes: SessionAttributes
  }
}

/**
 * The live sign-ins, kept by Lucia in Redis. Lucia's session id is our handle: the SHA-256 of the secret in the
 * cookie, so that neither Redis nor a list of sessions nor an access token holds anything that signs in by itself.
 *
 * Every method rejects when Redis does not answer: an outage lets nobody in.
 */
export function createSessionStore({ redis }: { redis: Redis }): SessionStore {
  const adapter = sessionAdapter(redis)
  const lucia = createLucia(adapter)
  const noteUse = createUseNoter(adapter)
  const find = async (handle: string) => {
    const { session } = await lucia.validateSession(handle)
    if (!session) return null
    if (session.createdAt + ABSOLUTE_MS > Date.now()) return session
    await lucia.invalidateSession(handle)
    return null
  }
  const findByHandle = async (handle: string): Promise<SessionRecord | null> => {
    const session = await find(handle)
    if (!session) return null
    if (session.successor === null) {
      noteUse(session)
      return recordOf(session)
    }
    const successor = await findByHandle(session.successor)
    return successor && { ...successor, steppedUpAt: new Date(session.steppedUpAt) }
  }
  return {
    findByHandle,
    async create({ userId, credentialVersion }, { userAgent, steppedUpAt, createdAt }) {
      const secret = randomBytes(SECRET_BYTES).toString('base64url')
      const attributes: SessionAttributes = {
        credentialVersion,
        userAgent: userAgent.slice(0, MAX_USER_AGENT),
        createdAt: createdAt?.getTime() ?? Date.now(),
        steppedUpAt: steppedUpAt?.getTime() ?? 0,
        successor: null,
      }
      const session = await lucia.createSession(userId, attributes, { sessionId: handleOf(secret) })
      return { secret, session: recordOf(session) }
    },
    async findBySecret(secret) {
      if (!SECRET_FORM.test(secret)) return null
      const session = await find(handleOf(secret))
      if (!session || session.successor !== null) return null
      noteUse(session)
      return recordOf(session)
    },
    succeed: (handle, successor) => adapter.setSuccessor(handle, successor, ACCESS_TOKEN_SECONDS * 1000),
    async list(userId) {
      const sessions = (await lucia.getUserSessions(userId)).filter(({ successor }) => successor === null)
      const uses = await adapter.lastUses(sessions.map(({ id }) => id))
      return sessions.map((session, index) => ({
        ...recordOf(session),
        lastUsedAt: new Date(uses[index] ?? session.createdAt),
      }))
    },
    end: (handle) => lucia.invalidateSession(handle),
    endAll: (userId) => lucia.invalidateUserSessions(userId),
  }
}

/**
 * Notes the use of a session about once a minute and process, behind the back of the request: nobody waits for it, and
 * one that is lost is made up for a minute later.
 */
function createUseNoter(adapter: SessionAdapter): (session: { id: string; expiresAt: Date }) => void {
  const noted = new LRUCache<string, number>({ max: USES_REMEMBERED })
  return ({ id, expiresAt }) => {
    const now = Date.now()
    if (now - (noted.get(id) ?? 0) < USE_NOTED_EVERY_MS) return
    noted.set(id, now)
    adapter.markUsed(id, now, expiresAt.getTime()).catch(() => undefined)
  }
}

const handleOf = (secret: string) => createHash('sha256').update(secret).digest('base64url')

const recordOf = (session: SessionAttributes & { id: string; userId: string; expiresAt: Date }): SessionRecord => ({
  handle: session.id,
  userId: session.userId,
  credentialVersion: session.credentialVersion,
  userAgent: session.userAgent,
  createdAt: new Date(session.createdAt),
  expiresAt: session.expiresAt,
  steppedUpAt: new Date(session.steppedUpAt),
})
