import { migrate } from '@pramaan/db'
import { migrateQueues } from './queue.ts'

export { appliedMigrations } from '@pramaan/db'

/**
 * Brings the schema and the queues up to date, under one lock: of all that start together one does it, and the others
 * find nothing to do. `url` is that of the role that owns the schema, `folder` where the migrations lie.
 */
export const migrateDatabase = (options: { url: string; folder: string }): Promise<void> =>
  migrate({ ...options, afterwards: migrateQueues })
