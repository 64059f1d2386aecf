import { NodePgDatabase, NodePgSession } from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import type pg from 'pg'

/** What sends a statement: a connection, or a few of them behind one face. */
export interface Sender {
  query(config: pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult>
}

/** What queries are written on: the pool outside a transaction, one connection inside. */
export type Queries = Omit<NodePgDatabase, 'transaction' | '$client'>

/** A connection with an open transaction. */
export type Tx = Queries & { readonly $client: pg.PoolClient }

const dialect = new PgDialect({ casing: 'snake_case' })

/** The query builder over whatever sends its statements. */
export function queriesOn(sender: Sender): Tx {
  const session = new NodePgSession(sender as pg.Client, dialect, undefined)
  return Object.assign(new NodePgDatabase(dialect, session, undefined), { $client: sender }) as unknown as Tx
}
