import type { Tx } from '@pramaan/db'
import { sql } from 'drizzle-orm'

/**
 * Counts some days in India anew for the platform, out of what `rollUp` has counted for each firm in the same transaction:
 * so it may run any number of times, and a platform counted from scratch has the same numbers as one that grew.
 */
export async function rollUpPlatform(tx: Tx, days: readonly string[]): Promise<void> {
  if (days.length === 0) return
  const asked = sql`day = any(${sql.param(days)}::date[])`
  await tx.execute(sql`delete from analytics_days where ${asked}`)
  await tx.execute(sql`delete from analytics_rules where ${asked}`)
  await tx.execute(sql`
    insert into analytics_days (day, judged)
    select day, sum(judged) from analytics_texts where ${asked} group by day`)
  await tx.execute(sql`
    insert into analytics_rules (day, rule_id, family, verdicts, set_aside)
    select day, rule_id, family, sum(verdicts), sum(set_aside) from analytics_findings where ${asked}
    group by day, rule_id, family`)
}
