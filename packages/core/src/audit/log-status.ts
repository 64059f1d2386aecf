import type { Db } from '@pramaan/db'
import { sql } from 'drizzle-orm'

/** The maximum merge delay that we state: an entry that waits for longer is an alarm. */
const MAXIMUM_MERGE_DELAY_MS = 60_000

/** How far the sealing has come. */
export interface LogStatus {
  /** Entries under the newest checkpoint. */
  size: number
  /** How long the oldest entry waits to be sealed; 0 when none waits. */
  mergeDelayMs: number
  late: boolean
}

/** Reads how long entries wait to be sealed, by the clock of the database, which is also theirs. */
export async function logStatus(db: Db): Promise<LogStatus> {
  const { rows } = await db.read.execute<{ size: string | null; delay: string | null }>(sql`
    select (select max(size) from audit_checkpoints) as size,
      (select extract(epoch from clock_timestamp() - recorded_at) * 1000 from audit_pending order by entry_id limit 1) as delay`)
  const mergeDelayMs = Math.max(0, Math.round(Number(rows[0]?.delay ?? 0)))
  return { size: Number(rows[0]?.size ?? 0), mergeDelayMs, late: mergeDelayMs > MAXIMUM_MERGE_DELAY_MS }
}
