import { createHash, randomBytes } from 'node:crypto'
import { Lucia, TimeSpan } from 'lucia'
import type { Redis } from '../platform/redis.ts'
import type { SessionRecord, SessionStore } from '../platform/sessions.ts'
import { type SessionAttributes, sessionAdapter } from './session-adapter.ts'

/** A sign-in that nobody uses for this long is over. Lucia moves the end on when half of it has passed. */
const IDLE_DAYS = 14
/** And it is over after this long in any case; the cookie of the browser says the same. */
const ABSOLUTE_MS = 30 * 24 * 3600 * 1000
const SECRET_BYTES = 32
const SECRET_FORM = /^[\w-]{43}$/
const MAX_USER_AGENT = 300

const createLucia = (redis: Redis) =>
  new Lucia(sessionAdapter(redis), {
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
  const lucia = createLucia(redis)
  const findByHandle = async (handle: string) => {
    const { session } = await lucia.validateSession(handle)
    if (!session) return null
    if (session.createdAt + ABSOLUTE_MS > Date.now()) return recordOf(session)
    await lucia.invalidateSession(handle)
    return null
  }
  return {
    findByHandle,
    async create({ userId, credentialVersion }, { userAgent }) {
      const secret = randomBytes(SECRET_BYTES).toString('base64url')
      const attributes = { credentialVersion, userAgent: userAgent.slice(0, MAX_USER_AGENT), createdAt: Date.now() }
      const session = await lucia.createSession(userId, attributes, { sessionId: handleOf(secret) })
      return { secret, session: recordOf(session) }
    },
    findBySecret: async (secret) => (SECRET_FORM.test(secret) ? findByHandle(handleOf(secret)) : null),
    list: async (userId) => (await lucia.getUserSessions(userId)).map(recordOf),
    end: (handle) => lucia.invalidateSession(handle),
    endAll: (userId) => lucia.invalidateUserSessions(userId),
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
})
