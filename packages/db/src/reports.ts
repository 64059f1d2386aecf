import pg from 'pg'
import { type Queries, queriesOn } from './queries.ts'
import { beginReading, type Reach } from './reach.ts'

/** What was read, where, and up to which moment it is complete. */
export interface Report<Result> {
  asOf: Date
  source: 'replica' | 'primary'
  result: Result
}

/** Reads of analytics, over connections of their own, so that they never wait for those of the product nor hold them up. */
export interface Reports {
  run<Result>(reach: Reach, read: (queries: Queries) => Promise<Result>): Promise<Report<Result>>
  close(): Promise<void>
}

/** What a statement of a report may take on the server that everybody else works on, in ms. */
const PRIMARY_TIMEOUT_MS = 5_000

const CLOCK = 'select clock_timestamp() as "asOf"'

/** Opens up to `size` connections to the primary, as they are needed. */
export function openReports(connection: pg.PoolConfig, size: number, onError: (error: Error) => void): Reports {
  const primary = new pg.Pool({ ...connection, max: size })
  primary.on('error', onError)
  // One that breaks while it is in use fails its statements; an error that nobody hears would end the process.
  primary.on('connect', (client) => client.on('error', () => undefined))
  return {
    run: (reach, read) => readOnce(primary, beginReading(reach, PRIMARY_TIMEOUT_MS), read),
    close: () => primary.end(),
  }
}

/** One read-only transaction, whose statements all see the same moment. */
async function readOnce<Result>(
  pool: pg.Pool,
  begin: string,
  read: (queries: Queries) => Promise<Result>,
): Promise<Report<Result>> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    // Asked before the first statement fixes what the transaction sees, so that the answer is never older than it says.
    const clock = client.query<{ asOf: Date }>(CLOCK)
    const begun = client.query(begin)
    const [{ rows }] = await Promise.all([clock, begun])
    const result = await read(queriesOn(client))
    return { asOf: rows[0]?.asOf as Date, source: 'primary', result }
  } finally {
    await client.query('rollback').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}
