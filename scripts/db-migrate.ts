import { fileURLToPath } from 'node:url'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'

/** Brings the database of `DATABASE_MIGRATE_URL` (the role that owns the schema) up to date, its queues included. */
const url = process.env.DATABASE_MIGRATE_URL
if (!url) {
  process.stderr.write('DATABASE_MIGRATE_URL is not set: it names the database, with the role that owns the schema\n')
  process.exit(2)
}
const folder = fileURLToPath(new URL('../packages/db/migrations', import.meta.url))
await migrateDatabase({ url, folder })
process.stdout.write('the database is up to date\n')
