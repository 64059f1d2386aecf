import type pg from 'pg'
import type { Queries } from './queries.ts'
import { beginReading, type Reach } from './reach.ts'
import { ConnectionLost, openPool, readOnce } from './read-once.ts'
import type { Report } from './reports.ts'

/** Why the replica was not asked, or has not answered. */
export class ReplicaAway extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the replica is away: ${reason}`, { cause })
    this.name = 'ReplicaAway'
  }
}

interface Replica {
  /** @throws ReplicaAway, at once where that is known already; and what `read` throws */
  run<Result>(reach: Reach, read: (queries: Queries) => Promise<Result>): Promise<Report<Result>>
  close(): Promise<void>
}

const STATEMENT_TIMEOUT_MS = 15_000
/** How much longer an answer is waited for than the server may take. */
const ANSWER_MARGIN_MS = 5_000
/** How long a host that does not answer is waited for, once. */
const PATIENCE_MS = 1_000
/** How long a replica that is away is left alone before somebody looks for it again. */
const RETRY_MS = 10_000
/** How long a sender may take from its look at the log to the time of its message; far more than it takes. */
const MESSAGE_MARGIN_MS = 5_000
/** What is older than this is worse than no answer. */
const MAX_LAG_MS = 900_000

/**
 * Up to which moment the server has replayed what the primary did. The time of the last replayed transaction grows old
 * while the primary has nothing to do. So where all is replayed of which its last message knew, the time of that message
 * counts, by the clock of the primary and less a margin: the sender looks at its log a moment before it writes the time
 * (`XLogSendPhysical` in walsender.c). A replica that is cut off gets no messages, and its time stands still. Without `pg_read_all_stats` the messages are not seen, and the first time counts, which says less than is
 * true. `walled`: row-level security holds for this role.
 */
const STATUS = `
  select pg_is_in_recovery() as "isReplica", row_security_active('public.contents') as walled, clock_timestamp() as clock,
    greatest(
      pg_last_xact_replay_timestamp(),
      (select last_msg_send_time - interval '${MESSAGE_MARGIN_MS} milliseconds' from pg_stat_wal_receiver
       where status = 'streaming' and latest_end_lsn <= pg_last_wal_replay_lsn())
    ) as "asOf"`

interface Status {
  isReplica: boolean
  walled: boolean
  clock: Date
  asOf: Date | null
}

/** @throws ReplicaAway for a server that must not be believed */
function momentOf(status: Status | undefined): Date {
  if (!status?.isReplica) throw new ReplicaAway('DATABASE_REPLICA_URL leads to a server that follows no other')
  if (!status.walled) throw new ReplicaAway('row-level security does not hold for its role')
  const { clock, asOf } = status
  if (asOf === null) throw new ReplicaAway('it does not know yet how far it is')
  const lagMs = clock.getTime() - asOf.getTime()
  if (lagMs > MAX_LAG_MS) throw new ReplicaAway(`it is ${Math.round(lagMs / 1000)} s behind`)
  return asOf
}

/**
 * A streaming replica behind a circuit breaker. Whoever meets the first failure waits for it; from then on everybody hears
 * at once that it is away, until a look at it, for which nobody waits, finds it back. `onError` hears of it once.
 */
export function openReplica(
  config: pg.PoolConfig,
  { onError, now }: { onError: (error: Error) => void; now: () => number },
): Replica {
  const timeouts = {
    connectionTimeoutMillis: PATIENCE_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + ANSWER_MARGIN_MS,
  }
  const pool = openPool({ ...config, ...timeouts })
  let away: ReplicaAway | null = null
  let nextLookAt = 0

  function isAway(reason: ReplicaAway): ReplicaAway {
    if (away === null) onError(reason)
    away = reason
    nextLookAt = now() + RETRY_MS
    return reason
  }

  /** A connection that answers, and how far the server is. */
  async function reached(): Promise<{ client: pg.PoolClient; asOf: Date }> {
    const client = await pool.connect()
    try {
      const { rows } = await client.query<Status>({ text: STATUS, query_timeout: PATIENCE_MS } as pg.QueryConfig)
      return { client, asOf: momentOf(rows[0]) }
    } catch (error) {
      client.release(error as Error)
      throw error
    }
  }

  const notReached = (error: unknown): Error => {
    // All connections are busy: the replica works, and is not left alone for that.
    if (/^timeout exceeded/.test((error as Error).message)) return error as Error
    return isAway(error instanceof ReplicaAway ? error : new ReplicaAway((error as Error).message, error))
  }

  function lookAgain(): void {
    if (now() < nextLookAt) return
    nextLookAt = Number.POSITIVE_INFINITY
    reached().then(({ client }) => {
      client.release()
      away = null
    }, notReached)
  }

  return {
    async run(reach, read) {
      if (away !== null) {
        lookAgain()
        throw away
      }
      const { client, asOf } = await reached().catch((error) => {
        throw notReached(error)
      })
      try {
        const result = await readOnce(client, beginReading(reach, STATEMENT_TIMEOUT_MS), read)
        return { asOf, source: 'replica', result }
      } catch (error) {
        if (error instanceof ConnectionLost) throw isAway(new ReplicaAway(error.message, error))
        if (stoodInTheWay(error)) throw new ReplicaAway('the statement stood in the way of replay', error)
        throw error
      }
    },
    close: () => pool.end(),
  }
}

/** A statement that held up replay for longer than `max_standby_streaming_delay` is cancelled with 40001. */
const stoodInTheWay = (error: unknown): boolean =>
  error instanceof Error && ((error as { code?: unknown }).code === '40001' || stoodInTheWay(error.cause))
