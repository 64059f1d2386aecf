import type pg from 'pg'
import type { Queries } from './queries.ts'
import { beginReading, EVERYBODY, type Reach } from './reach.ts'
import { openPool, readOnce } from './read-once.ts'
import { openReplica, ReplicaAway } from './replica.ts'

/** What was read, where, and up to which moment it is complete. */
export interface Report<Result> {
  asOf: Date
  source: 'replica' | 'primary'
  result: Result
}

/** Reads of analytics, over connections of their own, so that they never wait for those of the product nor hold them up. */
export interface Reports {
  /** @throws ReplicaAway for what looks over all firms while the replica is away */
  run<Result>(reach: Reach, read: (queries: Queries) => Promise<Result>): Promise<Report<Result>>
  close(): Promise<void>
}

/** What a statement of a report may take on the server that everybody works on, in ms: as a rule, and in place of the replica. */
const PRIMARY_TIMEOUT_MS = 5_000
const STANDING_IN_TIMEOUT_MS = 2_000

/**
 * Opens connections for reports as they are needed, up to `size` to each server. Where there is a replica, reports go
 * there and nowhere else. While it is away, the primary stands in for what looks at one firm, which is as much work as the
 * firm has data, and for less time; what looks over all firms waits for the replica.
 *
 * `now` is a clock that never goes back, in ms.
 */
export function openReports(options: {
  primary: pg.PoolConfig
  replica: pg.PoolConfig | null
  size: number
  onError: (error: Error) => void
  now: () => number
}): Reports {
  const primary = openPool({ ...options.primary, max: options.size })
  const replica = options.replica && openReplica({ ...options.replica, max: options.size }, options)

  async function onPrimary<Result>(
    reach: Reach,
    timeoutMs: number,
    read: (queries: Queries) => Promise<Result>,
  ): Promise<Report<Result>> {
    const client = await primary.connect()
    // Asked before the first statement fixes what the transaction sees: what was read is never older than this says.
    const clock = client.query<{ asOf: Date }>('select clock_timestamp() as "asOf"')
    const [result, { rows }] = await Promise.all([readOnce(client, beginReading(reach, timeoutMs), read), clock])
    return { asOf: rows[0]?.asOf as Date, source: 'primary', result }
  }

  return {
    async run(reach, read) {
      if (!replica) return onPrimary(reach, PRIMARY_TIMEOUT_MS, read)
      try {
        return await replica.run(reach, read)
      } catch (error) {
        if (!(error instanceof ReplicaAway) || reach === EVERYBODY) throw error
        return onPrimary(reach, STANDING_IN_TIMEOUT_MS, read)
      }
    },
    async close() {
      await Promise.all([primary.end(), replica?.close()])
    },
  }
}
