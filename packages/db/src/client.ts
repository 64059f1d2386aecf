import pg from 'pg'
import { compileRows } from './compiled-rows.ts'
import { gatheringSocket } from './gather-writes.ts'
import { type Queries, queriesOn, type Sender, type Tx } from './queries.ts'
import { beginWithin, EVERYBODY, NOBODY, prepareReach, queryWithin, type Reach, reachOf } from './reach.ts'
import { openReports, type Report, type Reports } from './reports.ts'
import { type SharedConnections, shareConnections } from './shared-connections.ts'

/**
 * The database as one caller may see it: the rows of the firm that `forAdvisor` named, those of all firms after
 * `acrossAdvisors`, and without either no row of any firm. PostgreSQL sees to it, whatever a query forgets to ask.
 */
export interface Db {
  /** Queries of their own, each committed by itself. */
  readonly read: Queries
  /**
   * For short reads by key on hot paths: over a few connections that all callers share, at half the cost of one from
   * the pool. They refuse to write, and nothing that may take long belongs here, as others wait behind it.
   */
  readonly lookup: Queries
  /** Statements that are written out, each committed by itself. */
  readonly pool: {
    query<Row extends pg.QueryResultRow>(
      statement: string | pg.QueryConfig,
      values?: unknown[],
    ): Promise<pg.QueryResult<Row>>
  }
  /**
   * Runs `body` in one transaction; `last` gets its result and starts the closing statements, which travel together
   * with the commit. Throws what either throws, after rolling back; throws when the commit fails.
   */
  transaction<Result>(
    body: (tx: Tx) => Promise<Result>,
    last?: (tx: Tx, result: Result) => Promise<unknown>[],
  ): Promise<Result>
  /**
   * What may take long: one read-only transaction over connections of its own, and no longer than reports may. Says up to
   * which moment what it read is complete.
   */
  report<Result>(read: (queries: Queries) => Promise<Result>): Promise<Report<Result>>
  forAdvisor(advisorId: string): Db
  /** For what has to look over all firms: signing in, our staff, sweeps. Whoever takes it is named in a test. */
  readonly acrossAdvisors: Db
}

/** All connections of one process to the database. Its own reach is nobody's. */
export interface Database extends Db {
  close(): Promise<void>
}

export interface DbOptions {
  url: string
  /** A streaming replica of it, where reports go. */
  replicaUrl?: string | null
  /** Connections at most; there are four at least. */
  max?: number
  /** The longest a statement may run, in ms. */
  statementTimeoutMs?: number
  onError?: (error: Error) => void
}

const STATEMENT_TIMEOUT_MS = 10_000
/** How much longer we wait for an answer than the server may take: then the server is gone without saying so. */
const ANSWER_MARGIN_MS = 5_000
/** One process needs no more to keep its core busy with reads. */
const SHARED_CONNECTIONS = 4

/**
 * Look-ups go by key, so one plan serves all values. Left to itself PostgreSQL plans a page of a partitioned table anew each
 * time, because the policies of row-level security blur its estimates.
 */
const LOOKUP_OPTIONS = '-c default_transaction_read_only=on -c plan_cache_mode=force_generic_plan'

/**
 * Opens a pool whose connections pipeline: statements issued without awaiting one another travel together.
 * `begin` rides along with the first statement of the body, and a body ends with its last statements and `commit`
 * in one flight, so a command costs two round trips instead of six.
 */
export function createDb(options: DbOptions): Database {
  const max = options.max ?? 16
  const shared = Math.max(2, Math.min(SHARED_CONNECTIONS, Math.ceil(max / 4)))
  const reporting = Math.ceil(max / 8)
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS
  const connection = {
    connectionString: options.url,
    pipeline: true,
    stream: gatheringSocket,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    idle_in_transaction_session_timeout: 30_000,
  }
  const complain = (error: Error) => options.onError?.(error)
  // Connections stay open: closing idle ones would cost each use a timer that is set and cleared.
  const pool = new pg.Pool({
    ...connection,
    max: Math.max(1, max - shared - reporting),
    idleTimeoutMillis: 0,
  } as pg.PoolConfig)
  pool.on('error', complain)
  // The pool does not listen to a connection that is in use, and an error that nobody hears ends the process. One that
  // breaks there fails its statements, which says enough.
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    prepareReach(client).catch(() => undefined) // the first statement fails with it
  })
  const lookup = shareConnections({ ...connection, options: LOOKUP_OPTIONS } as pg.ClientConfig, shared, complain)
  const reports = openReports({
    primary: connection as pg.PoolConfig,
    replica: options.replicaUrl ? ({ ...connection, connectionString: options.replicaUrl } as pg.PoolConfig) : null,
    size: reporting,
    onError: complain,
    now: () => performance.now(),
  })
  return Object.assign(dbWithin(NOBODY, { pool, lookup, reports }), {
    async close() {
      await Promise.all([pool.end(), lookup.end(), reports.close()])
    },
  })
}

interface Connections {
  pool: pg.Pool
  lookup: SharedConnections
  reports: Reports
  /** Made at its first use, and one for all, so that who remembers something of a database finds it again. */
  everybody?: Db
}

/** What `createDb` gives, for one reach. The query builders are made when somebody asks for them. */
function dbWithin(reach: Reach, connections: Connections): Db {
  const { pool, lookup, reports } = connections
  const once: Sender = { query: (statement, values) => queryOnce(pool, reach, statement, values) }
  let read: Queries | undefined
  let looking: Queries | undefined
  return {
    get read() {
      read ??= queriesOn(once)
      return read
    },
    get lookup() {
      looking ??= queriesOn({ query: (statement, values) => lookup.query(reach, statement, values) })
      return looking
    },
    pool: once as Db['pool'],
    forAdvisor: (advisorId) => dbWithin(reachOf(advisorId), connections),
    get acrossAdvisors() {
      connections.everybody ??= dbWithin(EVERYBODY, connections)
      return connections.everybody
    },
    report: (read) => reports.run(reach, read),
    transaction: (body, last) => transact(pool, reach, body, last),
  }
}

async function queryOnce(
  pool: pg.Pool,
  reach: Reach,
  statement: pg.QueryConfig,
  values?: unknown[],
): Promise<pg.QueryResult> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    return await queryWithin(client, reach, statement, values)
  } catch (error) {
    failure = error as Error
    throw error
  } finally {
    client.release(failure)
  }
}

const onConnection = new WeakMap<pg.PoolClient, Tx>()

function txOn(client: pg.PoolClient): Tx {
  let tx = onConnection.get(client)
  if (!tx) {
    tx = queriesOn(client)
    onConnection.set(client, tx)
  }
  return tx
}

async function transact<Result>(
  pool: pg.Pool,
  reach: Reach,
  body: (tx: Tx) => Promise<Result>,
  last?: (tx: Tx, result: Result) => Promise<unknown>[],
): Promise<Result> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const tx = txOn(client)
    client.query(beginWithin(reach)).catch(() => undefined) // the body's first statement fails with it
    try {
      const result = await body(tx)
      const closing = last?.(tx, result) ?? []
      const ends = await Promise.allSettled([...closing, client.query('commit')])
      const failed = ends.find((end) => end.status === 'rejected')
      if (failed) throw failed.reason
      // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
      const { value } = ends.at(-1) as PromiseFulfilledResult<pg.QueryResult>
      if (value.command !== 'COMMIT') throw new Error('the transaction had failed and was rolled back')
      return result
    } catch (error) {
      await client.query('rollback').catch((cause: Error) => {
        broken = cause
      })
      throw error
    }
  } finally {
    client.release(broken)
  }
}

/**
 * A named statement, built once and planned once by PostgreSQL on each connection.
 * `build` gets the query builder and uses `sql.placeholder(...)` for every value.
 */
export function statement<Prepared extends object>(
  build: (queries: Queries) => Prepared,
): (queries: Queries) => Prepared {
  let prepared: Prepared | undefined
  return (queries) => {
    if (!prepared) {
      prepared = build(queries)
      compileRows(prepared)
    }
    // The same for all callers but for who sends it. A copy, and not an heir, as objects of one shape are read faster.
    const copy = Object.create(Object.getPrototypeOf(prepared))
    return Object.assign(copy, prepared, { client: (queries as Tx).$client })
  }
}
