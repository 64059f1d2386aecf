export { createDb, type Database, type Db, type DbOptions, type Queries, statement, type Tx } from './client.ts'
export { isoTime } from './iso-time.ts'
export { appliedMigrations, migrate } from './migrate.ts'
export * as schema from './schema/index.ts'
