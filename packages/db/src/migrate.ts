import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import type { Db } from './client.ts'

const LOCK_ID = 7_204_511

/**
 * Brings the schema up to date as its owner, one process at a time (advisory lock): the others wait, find nothing to do
 * and go on. `afterwards` runs under the same lock, for what else has to be migrated (the queue's tables).
 */
export async function migrate(options: {
  url: string
  folder: string
  afterwards?: (url: string) => Promise<void>
}): Promise<void> {
  const client = new pg.Client({ connectionString: options.url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK_ID])
    await applyMigrations(drizzle(client), { migrationsFolder: options.folder })
    await options.afterwards?.(options.url)
  } finally {
    await client.end()
  }
}

/** How many migrations this database has seen. Compared with the journal by the readiness check. */
export async function appliedMigrations(pool: Db['pool']): Promise<number> {
  const { rows } = await pool.query<{ count: string }>('select count(*) from drizzle.__drizzle_migrations')
  return Number(rows[0]?.count ?? 0)
}
