import type { Queries } from '@pramaan/db'
import type { RevenueMonth } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
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
 * All of it comes out of the ledger's account of revenue, payment by payment, so that its sums are the ledger's.
 */
export async function countRevenue(queries: Queries, steps: readonly Step[]): Promise<RevenueMonth[]> {
  const moments = [steps[0]?.from, ...steps.map(({ to }) => to)].map((moment) => moment?.toISOString())
  // The policies of row-level security blur PostgreSQL's estimates; what is joined here is long on both sides.
  await queries.execute(sql`set local enable_nestloop = off`)
  const { rows } = await queries.execute<Row>(sql`
    with moments as (
      select moment, n, lag(moment) over (order by n) as previous
      from unnest(${sql.param(moments)}::timestamptz[]) with ordinality as given (moment, n)
    ), entries as materialized (
      select advisor_id, source, occurred_at, -amount_paise as paise from ledger_entries where account = 'revenue'
    ), paid as (
      select p.advisor_id, p.razorpay_payment_id as payment, p.paid_at,
        case s.period when 'yearly' then 12 else 1 end as months,
        least(
          p.paid_at + case s.period when 'yearly' then interval '1 year' else interval '1 month' end + ${GRACE},
          lead(p.paid_at) over (partition by p.advisor_id, p.subscription_id order by p.paid_at, p.id),
          s.ended_at) as until
      from payments p join subscriptions s on s.advisor_id = p.advisor_id and s.id = p.subscription_id
      where p.amount_paise > 0
    ), money as (
      select advisor_id, substr(source, 9) as payment, occurred_at, paise from entries where source like 'payment:%'
      union all
      select r.advisor_id, r.razorpay_payment_id, e.occurred_at, e.paise
      from refunds r join entries e on e.advisor_id = r.advisor_id and e.source = 'refund:' || r.razorpay_refund_id
    ), counted as (
      select n, p.advisor_id, payment, round(sum(paise) / p.months) as paise
      from moments join paid p on paid_at <= moment and moment < until
        join money using (advisor_id, payment)
      where occurred_at <= moment
      group by n, p.advisor_id, payment, p.months
    ), firms as (
      select advisor_id, min(paid_at) as first_paid_at from paid group by advisor_id
    ), recurring as (
      select n, advisor_id, sum(paise) as paise from counted group by n, advisor_id
    ), moved as (
      select m.n, m.previous, f.first_paid_at, coalesce(r.paise, 0) as now,
        lag(coalesce(r.paise, 0)) over (partition by f.advisor_id order by m.n) as before
      from moments m cross join firms f left join recurring r on r.n = m.n and r.advisor_id = f.advisor_id
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
    )
    select m.n, s.closing, s.paying, s.gone, s.is_new, s.reactivated, s.expansion, s.contraction, s.churned,
      (select coalesce(sum(paise), 0) from entries where source like 'payment:%'
        and occurred_at > m.previous and occurred_at <= m.moment) as booked,
      (select coalesce(-sum(paise), 0) from entries where source like 'refund:%'
        and occurred_at > m.previous and occurred_at <= m.moment) as refunded
    from moments m left join by_step s using (n) order by m.n`)
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
