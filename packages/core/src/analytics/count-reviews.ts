import type { Queries } from '@pramaan/db'
import { type PlatformView, type ReviewKind, Tier } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { REVIEW_HOURS } from '../content/index.ts'
import type { Range } from './rules/range.ts'

type Reviews = PlatformView['reviews']

/**
 * Reviews that wait for an officer or an author, at a moment. What is read is read once, before firms are looked up: the
 * policies of row-level security blur PostgreSQL's estimates, and it would begin anew for each firm.
 */
export async function countReviewLoad(queries: Queries, now: Date): Promise<Reviews['load']> {
  const { rows } = await queries.execute<{
    tier: Tier
    kind: ReviewKind
    waiting: number
    overdue: number
    oldest: string
  }>(sql`
    with waiting as materialized (
      select advisor_id, kind, due_at, created_at from reviews where state in ('open', 'claimed', 'suggested')
    )
    select tier, kind, count(*)::int as waiting,
      count(*) filter (where due_at < ${now.toISOString()})::int as overdue, min(r.created_at) as oldest
    from waiting r join advisors a on a.id = r.advisor_id
    group by tier, kind order by tier, kind`)
  return rows.map(({ oldest, ...row }) => ({ ...row, oldestAt: new Date(oldest).toISOString() }))
}

/** How long decisions took that were made on these days in India. A second look was promised to nobody. */
export async function countTurnaround(queries: Queries, { from, to }: Range): Promise<Reviews['turnaround']> {
  const { rows } = await queries.execute<{
    tier: Tier
    decided: number
    on_time: number
    seconds: number[]
    of_promise: number[]
  }>(sql`
    with decided as materialized (
      select advisor_id, due_at, updated_at, extract(epoch from updated_at - created_at)::float8 as seconds,
        extract(epoch from due_at - created_at)::float8 as promised
      from reviews
      where state in ('approved', 'rejected') and kind <> 'second_look'
        and updated_at >= (${from}::date)::timestamp at time zone 'Asia/Kolkata'
        and updated_at < (${to}::date + 1)::timestamp at time zone 'Asia/Kolkata'
    )
    select tier, count(*)::int as decided, count(*) filter (where updated_at <= due_at)::int as on_time,
      percentile_cont(array[0.5, 0.9, 0.99]) within group (order by seconds) as seconds,
      percentile_cont(array[0.5, 0.9, 0.99]) within group (order by seconds / greatest(promised, 1)) as of_promise
    from decided join advisors a on a.id = advisor_id group by tier`)
  return Tier.options.map((tier) => {
    const row = rows.find((one) => one.tier === tier)
    return {
      tier,
      promisedHours: REVIEW_HOURS[tier],
      decided: row?.decided ?? 0,
      onTime: row?.on_time ?? 0,
      seconds: percentiles(row?.seconds),
      ofPromise: percentiles(row?.of_promise),
    }
  })
}

const percentiles = (values: readonly number[] | undefined) => {
  const [p50 = null, p90 = null, p99 = null] = values ?? []
  return { p50, p90, p99 }
}
