import { type Db, schema, statement } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'

export interface RateDecision {
  allowed: boolean
  limit: number
  remaining: number
  /** Seconds until the window has moved on. */
  resetSeconds: number
}

export interface RateLimiter {
  /** Takes one token of `key`, of at most `limit` in any minute. */
  take(key: string, limit: number): Promise<RateDecision>
}

export const WINDOW_SECONDS = 60
const LEASES_PER_WINDOW = 20

interface Lease {
  window: number
  /** The limit that it was granted under: with another tier it is void. */
  limit: number
  tokens: number
  remaining: number
  refusedUntil: number
}

/**
 * A sliding window counted in PostgreSQL, shared by all instances, at about one statement for every twentieth request:
 * an instance leases a share of the limit and spends it from memory, in the minute of the clock it was leased in. The
 * database grants no more than `limit` tokens in a minute, and less while the minute before still counts: by the part of
 * it that lies less than 60 seconds back. So the sum over all instances never exceeds the limit, whatever becomes of an
 * instance: what it leased and did not spend is lost until the minute ends.
 *
 * Another limit for the same key, after a change of tier, holds from the next call on: leases under the old one are void.
 * Clocks of instances may differ: who is behind is counted in the minute of who is ahead.
 */
export function createRateLimiter(db: Db, now: () => Date): RateLimiter {
  const leases = new LRUCache<string, Lease>({ max: 100_000 })
  const pending = new Map<string, Promise<Lease>>()

  async function lease(key: string, limit: number, window: number, elapsed: number): Promise<Lease> {
    const wanted = Math.max(1, Math.floor(limit / LEASES_PER_WINDOW))
    const stillInside = 1 - elapsed / WINDOW_SECONDS
    const [row] = await takeTokens(db.read).execute({ key, window, wanted, limit, stillInside })
    const { granted, used, previousUsed } = row ?? { granted: 0, used: limit, previousUsed: 0 }
    return {
      window,
      limit,
      tokens: granted,
      remaining: Math.max(0, limit - used - Math.ceil(previousUsed * stillInside)),
      refusedUntil: granted > 0 ? 0 : Math.floor(window * WINDOW_SECONDS + elapsed) + 1,
    }
  }

  return {
    async take(key, limit) {
      for (;;) {
        const seconds = now().getTime() / 1000
        const window = Math.floor(seconds / WINDOW_SECONDS)
        const elapsed = seconds - window * WINDOW_SECONDS
        const resetSeconds = Math.max(1, Math.ceil(WINDOW_SECONDS - elapsed))
        const held = leases.get(key)
        if (held?.window === window && held.limit === limit) {
          if (held.tokens > 0) {
            held.tokens -= 1
            return { allowed: true, limit, remaining: held.remaining + held.tokens, resetSeconds }
          }
          if (seconds < held.refusedUntil) return { allowed: false, limit, remaining: 0, resetSeconds }
        }
        let asked = pending.get(key)
        if (!asked) {
          asked = lease(key, limit, window, elapsed).finally(() => pending.delete(key))
          pending.set(key, asked)
          leases.set(key, await asked)
        } else {
          await asked
        }
      }
    },
  }
}

/**
 * Grants up to `wanted` tokens in one upsert; the row lock makes instances take turns. Who is still in the minute before
 * the row's is counted in the row's: otherwise instances whose clocks differ by a little would make each other's counts
 * forgotten at every turn of a minute. A row further ahead than that was written by a broken clock and starts anew.
 */
const takeTokens = statement((queries) => {
  const { rateWindows: t } = schema
  const asked = sql`${sql.placeholder('window')}::bigint`
  const wanted = sql`${sql.placeholder('wanted')}::int`
  const goesOn = sql`${t.windowStart} between ${asked} and ${asked} + 1`
  const used = sql`case when ${goesOn} then ${t.used} else 0 end`
  const previous = sql`case when ${goesOn} then ${t.previousUsed}
    when ${t.windowStart} = ${asked} - 1 then ${t.used} else 0 end`
  const inside = sql`case when ${t.windowStart} > ${asked} then 1 else ${sql.placeholder('stillInside')}::float8 end`
  const free = sql`${sql.placeholder('limit')}::int - (${used}) - ceil((${previous}) * ${inside})::int`
  const granted = sql`least(${wanted}, greatest(0, ${free}))`
  return queries
    .insert(t)
    .values({ key: sql.placeholder('key'), windowStart: asked, used: wanted, previousUsed: 0, granted: wanted })
    .onConflictDoUpdate({
      target: t.key,
      set: {
        windowStart: sql`case when ${goesOn} then ${t.windowStart} else ${asked} end`,
        previousUsed: previous,
        used: sql`(${used}) + ${granted}`,
        granted,
      },
    })
    .returning({ used: t.used, previousUsed: t.previousUsed, granted: t.granted })
    .prepare('rate_take')
})
