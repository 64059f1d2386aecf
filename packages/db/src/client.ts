import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { compileRows } from './compiled-rows.ts'
import { gatheringSocket } from './gather-writes.ts'
import * as schema from './schema/index.ts'
import { shareConnections } from './shared-connections.ts'

/** What queries are written on: the pool outside a transaction, one connection inside. */
export type Queries = Omit<NodePgDatabase<typeof schema>, 'transaction' | '$client'>

/** A connection with an open transaction. */
export type Tx = Queries & { readonly $client: pg.PoolClient }

export interface Db {
  /** Queries of their own, each committed by itself. */
  readonly read: Queries
  /**
   * For short reads by key on hot paths: over a few connections that all callers share, at half the cost of one from
   * the pool. They refuse to write, and nothing that may take long belongs here, as others wait behind it.
   */
  readonly lookup: Queries
  /**
   * Runs `body` in one transaction; `last` gets its result and starts the closing statements, which travel together
   * with the commit. Throws what either throws, after rolling back; throws when the commit fails.
   */
  transaction<Result>(
    body: (tx: Tx) => Promise<Result>,
    last?: (tx: Tx, result: Result) => Promise<unknown>[],
  ): Promise<Result>
  readonly pool: pg.Pool
  close(): Promise<void>
}

export interface DbOptions {
  url: string
  /** Connections at most. */
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
 * Opens a pool whose connections pipeline: statements issued without awaiting one another travel together.
 * `begin` rides along with the first statement of the body, and a body ends with its last statements and `commit`
 * in one flight, so a command costs two round trips instead of six.
 */
export function createDb(options: DbOptions): Db {
  const max = options.max ?? 16
  const shared = Math.min(SHARED_CONNECTIONS, Math.ceil(max / 4))
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
  const pool = new pg.Pool({ ...connection, max: max - shared, idleTimeoutMillis: 0 } as pg.PoolConfig)
  pool.on('error', complain)
  // The pool does not listen to a connection that is in use, and an error that nobody hears ends the process. One that
  // breaks there fails its statements, which says enough.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const lookup = shareConnections(
    { ...connection, options: '-c default_transaction_read_only=on' } as pg.ClientConfig,
    shared,
    complain,
  )
  const onConnection = new WeakMap<pg.PoolClient, Tx>()
  const queriesOn = (client: pg.PoolClient): Tx => {
    let queries = onConnection.get(client)
    if (!queries) {
      queries = drizzle(client, { schema, casing: 'snake_case' }) as unknown as Tx
      onConnection.set(client, queries)
    }
    return queries
  }
  return {
    read: drizzle(pool, { schema, casing: 'snake_case' }),
    lookup: drizzle(lookup as unknown as pg.Client, { schema, casing: 'snake_case' }),
    pool,
    async close() {
      await Promise.all([pool.end(), lookup.end()])
    },
    async transaction(body, last) {
      const client = await pool.connect()
      let broken: Error | undefined
      try {
        const tx = queriesOn(client)
        client.query('begin').catch(() => undefined) // the body's first statement fails with it
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
    },
  }
}

/**
 * A named statement, built once for each connection and planned once by PostgreSQL.
 * `build` gets the query builder and uses `sql.placeholder(...)` for every value.
 */
export function statement<Prepared>(build: (queries: Queries) => Prepared): (queries: Queries) => Prepared {
  const built = new WeakMap<Queries, Prepared>()
  return (queries) => {
    let prepared = built.get(queries)
    if (!prepared) {
      prepared = build(queries)
      compileRows(prepared)
      built.set(queries, prepared)
    }
    return prepared
  }
}
