import type { Adapter, DatabaseSession } from 'lucia'
import { z } from 'zod'
import type { Redis } from '../platform/redis.ts'

/** What Lucia keeps for us beside id, user and expiry. Times are in ms since 1970. */
export interface SessionAttributes {
  credentialVersion: number
  userAgent: string
  createdAt: number
  steppedUpAt: number
  /** The session that took the place of this one; null while it is the current one. */
  successor: string | null
}

const Stored = z.object({
  userId: z.string(),
  expiresAt: z.int(),
  credentialVersion: z.int(),
  userAgent: z.string(),
  createdAt: z.int(),
  steppedUpAt: z.int().default(0),
  successor: z.string().nullable().default(null),
})

const sessionKey = (id: string) => `sess:${id}`
const usedKey = (id: string) => `used:${id}`
const indexKey = (userId: string) => `usess:${userId}`

export interface SessionAdapter extends Adapter {
  /** Keeps when a session was used, beside its value, so that the two never overwrite one another. */
  markUsed(id: string, at: number, expiresAt: number): Promise<void>
  /** When these sessions were last used, in ms since 1970; null where nobody noted it. */
  lastUses(ids: string[]): Promise<(number | null)[]>
  /** Notes who took the place of a session, and lets it be forgotten after `keepMs`. */
  setSuccessor(id: string, successor: string, keepMs: number): Promise<void>
}

/**
 * Lucia's storage in Redis, with plain commands only (no scripts, no publish/subscribe), so that every server that
 * speaks the protocol will do.
 *
 * A session is one value that Redis drops at its expiry. The sessions of a user are indexed in a sorted set, scored by
 * expiry; the index outlives its longest session (`PEXPIREAT NX`, then `GT`), or ending all sessions would miss some.
 * Ids are hashes already, see `createSessionStore`.
 */
export function sessionAdapter(redis: Redis): SessionAdapter {
  const read = async (id: string) => parse(id, await redis.get(sessionKey(id)))
  return {
    // The user's row is read beside this, by whoever asks: Redis and PostgreSQL then answer at the same time.
    async getSessionAndUser(id) {
      const session = await read(id)
      return session ? [session, { id: session.userId, attributes: {} }] : [null, null]
    },
    async getUserSessions(userId) {
      const ids = await redis.zrangebyscore(indexKey(userId), Date.now(), '+inf')
      if (ids.length === 0) return []
      const values = await redis.mget(ids.map(sessionKey))
      return ids.flatMap((id, index) => parse(id, values[index] ?? null) ?? [])
    },
    async setSession(session) {
      const index = indexKey(session.userId)
      const expiresAt = session.expiresAt.getTime()
      const transaction = redis
        .multi()
        .set(sessionKey(session.id), format(session), 'PXAT', expiresAt)
        .zremrangebyscore(index, '-inf', Date.now())
        .zadd(index, expiresAt, session.id)
        .pexpireat(index, expiresAt, 'NX')
        .pexpireat(index, expiresAt, 'GT')
      await all(transaction)
    },
    async updateSessionExpiration(id, newExpiresAt) {
      const session = await read(id)
      if (!session) return
      const expiresAt = newExpiresAt.getTime()
      const moved = format({ ...session, expiresAt: newExpiresAt })
      // XX: a session that was ended meanwhile stays ended.
      if ((await redis.set(sessionKey(id), moved, 'PXAT', expiresAt, 'XX')) === null) return
      const index = indexKey(session.userId)
      await all(redis.multi().zadd(index, 'XX', expiresAt, id).pexpireat(index, expiresAt, 'GT'))
    },
    async deleteSession(id) {
      const [value] = await Promise.all([redis.getdel(sessionKey(id)), redis.del(usedKey(id))])
      const session = parse(id, value)
      if (session) await redis.zrem(indexKey(session.userId), id)
    },
    async deleteUserSessions(userId) {
      // Again until the index is empty: a sign-in may add to it between the reading and the deleting.
      for (;;) {
        const ids = await redis.zrangebyscore(indexKey(userId), '-inf', '+inf')
        if (ids.length === 0) return
        await all(
          redis
            .multi()
            .del(...ids.map(sessionKey), ...ids.map(usedKey))
            .zrem(indexKey(userId), ...ids),
        )
      }
    },
    // Redis drops them by itself.
    deleteExpiredSessions: async () => undefined,
    async markUsed(id, at, expiresAt) {
      await redis.set(usedKey(id), at, 'PXAT', expiresAt)
    },
    async lastUses(ids) {
      if (ids.length === 0) return []
      const values = await redis.mget(ids.map(usedKey))
      return values.map((value) => (value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null))
    },
    async setSuccessor(id, successor, keepMs) {
      const session = await read(id)
      if (!session) return
      const until = Date.now() + keepMs
      const succeeded = { ...session, attributes: { ...session.attributes, successor } }
      // XX: a session that was ended meanwhile stays ended.
      if ((await redis.set(sessionKey(id), format(succeeded), 'PXAT', until, 'XX')) === null) return
      await redis.zadd(indexKey(session.userId), 'XX', until, id)
    },
  }
}

const format = ({ userId, expiresAt, attributes }: DatabaseSession) =>
  JSON.stringify({ userId, expiresAt: expiresAt.getTime(), ...attributes } satisfies z.output<typeof Stored>)

/** A value of another form, whoever wrote it, is no session. */
function parse(id: string, value: string | null): DatabaseSession | null {
  if (value === null) return null
  try {
    const { userId, expiresAt, ...attributes } = Stored.parse(JSON.parse(value))
    return { id, userId, expiresAt: new Date(expiresAt), attributes }
  } catch {
    return null
  }
}

/** Runs a MULTI and throws what any of its commands threw; ioredis hands errors back as values. */
async function all(transaction: ReturnType<Redis['multi']>): Promise<void> {
  const results = await transaction.exec()
  if (results === null) throw new Error('the Redis transaction was discarded')
  const failed = results.find(([error]) => error !== null)?.[0]
  if (failed) throw failed
}
