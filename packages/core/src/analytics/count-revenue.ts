import type { Queries } from '@pramaan/db'
import type { RevenueMonth } from '@pramaan/shared'
import { type SQL, sql } from 'drizzle-orm'
import type { Step } from './rules/month-steps.ts'

/** How long a payment is still taken to be followed by the next one: the grace of billing. */
const GRACE = sql`interval '7 days'`

interface Row extends Record<string, unknown> {
  n: string
  is_new: string
  reactivated: string
  expansion: string
  contraction: string
  churned: string
  closing: string
  paying: string
  gone: string
  booked: string
  refunded: string
}

/**
 * Recurring revenue at the end of each step, and by what it differs from the end of the step before; see `RevenueMonth`.
 * All of it comes out of the ledger's account of revenue, payment by payment, so that its sums are the ledger's. Nothing
 * else may be read beside it: it sets how tables are joined until the transaction ends.
 */
export async function countRevenue(queries: Queries, steps: readonly Step[]): Promise<RevenueMonth[]> {
  const given = [steps[0]?.from, ...steps.map(({ to }) => to)].map((moment) => moment?.toISOString())
  const moments = sql`${sql.param(given)}::timestamptz[]`
  /** How many moments lie before a time; times have milliseconds and no more. */
  const before = (time: SQL) => sql`width_bucket(${time} - interval '1 millisecond', ${moments})`
  // The policies of row-level security blur PostgreSQL's estimates; what is joined here is long on both sides.
  await queries.execute(
    sql`select set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  )
  const { rows } = await queries.execute<Row>(sql`
    with booked as materialized (
      select p.advisor_id, p.subscription_id, p.id, p.razorpay_payment_id as payment, p.paid_at, s.ended_at,
        case s.period when 'yearly' then 12 else 1 end as months
      from payments p join subscriptions s on s.advisor_id = p.advisor_id and s.id = p.subscription_id
      where p.amount_paise > 0
    ), paid as (
      select advisor_id, id, payment, months, paid_at, least(ends_at, ended_at,
        lead(paid_at) over (partition by advisor_id, subscription_id order by paid_at, id)) as until
      from (select *, paid_at + make_interval(months => months) + ${GRACE} as ends_at from booked) b
      where ends_at > ${given[0]}
    ), entries as materialized (
      select advisor_id, source, occurred_at, -amount_paise as paise, left(source, 8) = 'payment:' as is_payment
      from ledger_entries where account = 'revenue'
    ), money as (
      select advisor_id, substr(source, 9) as payment, occurred_at, paise from entries where is_payment
      union all
      select r.advisor_id, r.razorpay_payment_id, e.occurred_at, e.paise
      from refunds r join entries e on e.advisor_id = r.advisor_id and e.source = 'refund:' || r.razorpay_refund_id
    ), counted as (
      select n, advisor_id, round(sum(paise) / months) as paise
      from paid join money using (advisor_id, payment)
        cross join lateral generate_series(${before(sql`paid_at`)} + 1, ${before(sql`until`)}) as n
      where occurred_at <= (${moments})[n]
      group by n, advisor_id, id, months
    ), recurring as materialized (
      select n, advisor_id, sum(paise) as paise from counted group by n, advisor_id
    ), firms as (
      select advisor_id, min(paid_at) as first_paid_at from booked group by advisor_id
    ), moved as (
      select n, (${moments})[n - 1] as previous, first_paid_at, coalesce(paise, 0) as now,
        lag(coalesce(paise, 0)) over (partition by advisor_id order by n) as before
      from (select distinct advisor_id from recurring) listed join firms using (advisor_id)
        cross join generate_series(1, ${given.length}::int) as n left join recurring using (n, advisor_id)
    ), by_step as (
      select n, sum(now) as closing, count(*) filter (where now > 0) as paying,
        count(*) filter (where now <= 0 and before > 0) as gone,
        coalesce(sum(now) filter (where before <= 0 and now > 0 and first_paid_at > previous), 0) as is_new,
        coalesce(sum(now - before) filter (where before <= 0 and now > before
          and not (now > 0 and first_paid_at > previous)), 0) as reactivated,
        coalesce(sum(now - before) filter (where before > 0 and now > before), 0) as expansion,
        coalesce(sum(before - now) filter (where now > 0 and now < before), 0) as contraction,
        coalesce(sum(before - now) filter (where now <= 0 and now < before), 0) as churned
      from moved group by n
    ), kept as (
      select ${before(sql`occurred_at`)} + 1 as n, sum(paise) filter (where is_payment) as booked,
        -sum(paise) filter (where left(source, 7) = 'refund:') as refunded
      from entries where occurred_at > ${given[0]} group by 1
    )
    select n, closing, paying, gone, is_new, reactivated, expansion, contraction, churned, booked, refunded
    from generate_series(1, ${given.length}::int) as n left join by_step using (n) left join kept using (n) order by n`)
  const paise = (value: string | null | undefined) => Number(value ?? 0)
  return steps.map(({ month, from, to }, index) => {
    const [before, row] = [rows[index], rows[index + 1]]
    return {
      month,
      from: from.toISOString(),
      to: to.toISOString(),
      openingMrrPaise: paise(before?.closing),
      newPaise: paise(row?.is_new),
      reactivatedPaise: paise(row?.reactivated),
      expansionPaise: paise(row?.expansion),
      contractionPaise: paise(row?.contraction),
      churnedPaise: paise(row?.churned),
      closingMrrPaise: paise(row?.closing),
      payingFirms: paise(row?.paying),
      churnedFirms: paise(row?.gone),
      bookedPaise: paise(row?.booked),
      refundedPaise: paise(row?.refunded),
    }
  })
}
