import type { Queries } from '@pramaan/db'
import type { PlatformView } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import type { Range } from './rules/range.ts'

/** In how many verdicts of these days in India each rule found something, and how many of its findings officers set aside. */
export async function countRules(queries: Queries, { from, to }: Range): Promise<PlatformView['rules']> {
  const [judged, { rows }] = await Promise.all([
    queries.execute<{ verdicts: number }>(sql`
      select coalesce(sum(judged), 0)::int as verdicts from analytics_days where day between ${from} and ${to}`),
    queries.execute<{ ruleId: string; family: string; hits: number; overrides: number }>(sql`
      select rule_id as "ruleId", family, sum(verdicts)::int as hits, sum(set_aside)::int as overrides
      from analytics_rules where day between ${from} and ${to}
      group by rule_id, family order by hits desc, rule_id`),
  ])
  const verdicts = judged.rows[0]?.verdicts ?? 0
  return { verdicts, items: rows.map((row) => ({ ...row, hitRate: verdicts === 0 ? 0 : row.hits / verdicts })) }
}
