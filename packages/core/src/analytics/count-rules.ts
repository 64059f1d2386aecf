import type { Queries } from '@pramaan/db'
import type { PlatformView } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import type { Range } from './rules/range.ts'

/** In how many verdicts of these days in India each rule found something, and how often officers set that aside. */
export async function countRules(queries: Queries, { from, to }: Range): Promise<PlatformView['rules']> {
  const judged = await queries.execute<{ verdicts: number }>(sql`
    select coalesce(sum(judged), 0)::int as verdicts from analytics_texts where day between ${from} and ${to}`)
  const { rows } = await queries.execute<{ ruleId: string; family: string; hits: number; overrides: number }>(sql`
    with hit as (
      select rule_id, family, sum(verdicts)::int as hits
      from analytics_findings where day between ${from} and ${to} group by rule_id, family
    ), set_aside as (
      select v.findings -> o.finding ->> 'ruleId' as rule_id, v.findings -> o.finding ->> 'family' as family,
        count(*)::int as overrides
      from finding_overrides o
        join reviews r on r.advisor_id = o.advisor_id and r.id = o.review_id
        join verdicts v on v.advisor_id = r.advisor_id and v.id = r.verdict_id
      where o.created_at >= (${from}::date)::timestamp at time zone 'Asia/Kolkata'
        and o.created_at < (${to}::date + 1)::timestamp at time zone 'Asia/Kolkata'
      group by 1, 2
    )
    select rule_id as "ruleId", family, coalesce(hits, 0) as hits, coalesce(overrides, 0) as overrides
    from hit full join set_aside using (rule_id, family) order by hits desc, rule_id`)
  const verdicts = judged.rows[0]?.verdicts ?? 0
  return { verdicts, items: rows.map((row) => ({ ...row, hitRate: verdicts === 0 ? 0 : row.hits / verdicts })) }
}
