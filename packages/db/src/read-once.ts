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

/** Connections for reports alone, whose statements travel together where none waits for another. One that breaks while nobody uses it is replaced; in use it fails its statements. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, pipeline: true } as pg.PoolConfig)
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
  // What is read travels behind `begin`, and fails with it: none of it is believed then.
  const [begun, end] = await Promise.allSettled([client.query(begin), read(queriesOn(client))])
  const rollback = { text: 'rollback', query_timeout: ROLLBACK_LIMIT_MS }
  const broken = await client.query(rollback).then(
    () => undefined,
    (error: Error) => error,
  )
  client.release(broken)
  const failure = begun.status === 'rejected' ? begun : end
  if (failure.status === 'fulfilled') return failure.value
  throw broken ? new ConnectionLost(failure.reason) : failure.reason
}
