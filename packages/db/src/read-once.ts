import pg from 'pg'
import { type Queries, queriesOn } from './queries.ts'

/** How long a connection that has failed may take to say that it is well. */
const ROLLBACK_LIMIT_MS = 1_000

/** The connection broke under what was read. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super('the connection was lost', { cause })
    this.name = 'ConnectionLost'
  }
}

/** Connections for reports alone. One that breaks while nobody uses it is replaced; in use it fails its statements. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // An error that nobody hears would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/**
 * One transaction that `begin` opens and that keeps nothing. Gives the connection back to its pool, or closes it when it
 * is broken.
 *
 * @throws ConnectionLost when it broke, else what `read` throws
 */
export async function readOnce<Result>(
  client: pg.PoolClient,
  begin: string,
  read: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  const [end] = await Promise.allSettled([client.query(begin).then(() => read(queriesOn(client)))])
  const rollback = { text: 'rollback', query_timeout: ROLLBACK_LIMIT_MS }
  const broken = await client.query(rollback).then(
    () => undefined,
    (error: Error) => error,
  )
  client.release(broken)
  if (end.status === 'fulfilled') return end.value
  throw broken ? new ConnectionLost(end.reason) : end.reason
}
