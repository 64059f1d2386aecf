import type { Tx } from '@pramaan/db'
import { sql } from 'drizzle-orm'

/** Each roll-up: its key and columns, and what fills them from the facts of a day. */
const ROLL_UPS = [
  {
    table: 'analytics_messages',
    columns: `advisor_id, day, hour, campaign_id, content_id, language, template, sent, delivered, read, replied,
      opted_out, failed, priced, cost_millipaise`,
    select: `e.advisor_id, e.day, e.hour, e.campaign_id, min(e.content_id::text)::uuid, min(e.language), min(e.template),
      count(*) filter (where e.kind = 'message.sent'),
      count(*) filter (where e.kind = 'message.delivered'),
      count(*) filter (where e.kind = 'message.read'),
      count(distinct e.message_id) filter (where e.kind = 'message.replied'),
      count(distinct e.message_id) filter (where e.kind = 'message.opted_out'),
      count(*) filter (where e.kind = 'message.failed'),
      count(e.value) filter (where e.kind = 'message.priced'),
      coalesce(sum(e.value) filter (where e.kind = 'message.priced'), 0)`,
    where: `e.campaign_id is not null`,
    groupBy: 'e.advisor_id, e.day, e.hour, e.campaign_id',
  },
  {
    table: 'analytics_texts',
    columns: 'advisor_id, day, content_id, judged, clean, sent_back, rejected, approved, scores, approval_seconds',
    select: `e.advisor_id, e.day, e.content_id,
      count(*) filter (where e.kind = 'text.judged'),
      count(*) filter (where e.kind = 'text.clean'),
      count(*) filter (where e.kind = 'text.sent_back'),
      count(*) filter (where e.kind = 'text.rejected'),
      count(*) filter (where e.kind = 'text.approved'),
      coalesce(sum(e.value) filter (where e.kind = 'text.judged'), 0),
      coalesce(array_agg(e.value::integer order by e.value) filter (where e.kind = 'text.approved'), '{}')`,
    where: `e.campaign_id is null and e.kind <> 'text.set_aside'`,
    groupBy: 'e.advisor_id, e.day, e.content_id',
  },
  {
    table: 'analytics_findings',
    columns: 'advisor_id, day, rule_id, content_id, family, verdicts, set_aside',
    select: `e.advisor_id, e.day, e.rule, e.content_id, min(e.family),
      count(*) filter (where e.kind = 'text.found'),
      coalesce(sum(e.value) filter (where e.kind = 'text.set_aside'), 0)`,
    where: `e.kind in ('text.found', 'text.set_aside')`,
    groupBy: 'e.advisor_id, e.day, e.rule, e.content_id',
  },
]

/** Days in India of an advisor, both included, that are to be counted anew. */
export interface AdvisorDays {
  advisorId: string
  from: string
  to: string
}

/**
 * For the transactions that count: facts are looked up by index, whatever the planner makes of the policies of row-level
 * security, which blur its estimates until it reads and sorts millions of facts to find those of a day.
 */
export const lookUpByIndex = (tx: Tx) => tx.execute(sql`set local enable_seqscan = off`)

/**
 * Counts some days anew from their facts, whatever stood there: so it may run any number of times, on any part, and a
 * roll-up made from scratch has the same numbers as one that grew.
 */
export async function rollUp(tx: Tx, days: readonly AdvisorDays[]): Promise<void> {
  if (days.length === 0) return
  await lookUpByIndex(tx)
  const column = (name: keyof AdvisorDays) => sql.param(days.map((one) => one[name]))
  const asked = sql`unnest(${column('advisorId')}::uuid[], ${column('from')}::date[], ${column('to')}::date[])
    as asked (advisor_id, from_day, to_day)`
  // No fact happens before the sending or decision by whose day it is counted, so older months need not be looked at.
  const first = days.map(({ from }) => from).toSorted()[0] ?? ''
  const since = sql`(${first}::timestamp at time zone 'Asia/Kolkata')`
  for (const { table } of ROLL_UPS) {
    await tx.execute(sql`
      delete from ${sql.raw(table)} old using ${asked}
      where old.advisor_id = asked.advisor_id and old.day between asked.from_day and asked.to_day`)
  }
  const inserts = ROLL_UPS.map(({ table, columns, select, where, groupBy }) =>
    sql.raw(`${table}_made as (
      insert into ${table} (${columns}) select ${select} from fact e where ${where} group by ${groupBy})`),
  )
  // The facts are looked up once for all roll-ups: in years of them that is what takes the time.
  await tx.execute(sql`
    with fact as materialized (
      select e.* from ${asked} join analytics_events e
        on e.advisor_id = asked.advisor_id and e.day between asked.from_day and asked.to_day and e.occurred_at >= ${since}
    ), ${sql.join(inserts, sql`, `)}
    select`)
}
