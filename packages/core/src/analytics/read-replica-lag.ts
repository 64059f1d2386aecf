import type { Db } from '@pramaan/db'
import { sql } from 'drizzle-orm'

/** How far what reports say is behind, in ms; null where no replica answers, because it is away or there is none. */
export async function readReplicaLag(db: Pick<Db, 'report'>): Promise<number | null> {
  const { asOf, source, result } = await db.report((queries) =>
    queries.execute<{ now: string }>(sql`select clock_timestamp() as now`),
  )
  if (source === 'primary') return null
  return Math.max(0, new Date(result.rows[0]?.now ?? asOf).getTime() - asOf.getTime())
}
