import type { Db } from '@pramaan/db'
import { sql } from 'drizzle-orm'

/**
 * Whether the oldest entry of the audit log has waited to be sealed for longer than the hard limit of ten minutes: what is
 * privileged stops then, as nobody could show afterwards that its entry was not taken out. By the clock of the database,
 * which is also that of the entries.
 */
export async function isSealingStopped(db: Db): Promise<boolean> {
  const { rows } = await db.lookup.execute<{ stopped: boolean }>(sql`
    select recorded_at < clock_timestamp() - interval '10 minutes' as stopped
    from audit_pending order by entry_id limit 1`)
  return rows[0]?.stopped ?? false
}
