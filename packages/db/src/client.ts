import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as schema from './schema/index.ts'

/** What queries are written on: the pool outside a transaction, one connection inside. */
export type Queries = Omit<NodePgDatabase<typeof schema>, 'transaction' | '$client'>

/** A connection with an open transaction. */
export type Tx = Queries & { readonly $client: pg.PoolClient }

export interface Db {
  /** Queries of their own, each committed by itself. */
  readonly read: Queries
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

/**
 * Opens a pool whose connections pipeline: statements issued without awaiting one another travel together.
 * `begin` rides along with the first statement of the body, and a body ends with its last statements and `commit`
 * in one flight, so a command costs two round trips instead of six.
 */
export function createDb(options: DbOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 16,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 30_000,
  } as pg.PoolConfig)
  pool.on('error', (error) => options.onError?.(error))
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
    pool,
    close: () => pool.end(),
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
      built.set(queries, prepared)
    }
    return prepared
  }
}
