import { schema } from '@pramaan/db'
import { ComplianceProfileInput, type ComplianceProfileView } from '@pramaan/shared'
import { and, eq, gte, sql } from 'drizzle-orm'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { improvementOf } from './rules/improvement.ts'

const { complianceStandings, verdicts } = schema

/**
 * How a firm does over the last months. The score is the stored one that the profile shows; months and families are
 * counted when somebody asks, so that no verdict pays for them.
 */
export const getComplianceProfile = query({
  name: 'compliance.get_profile',
  input: ComplianceProfileInput,
  async run(ctx, { months: count }): Promise<ComplianceProfileView> {
    const advisorId = advisorIdOf(ctx)
    const from = sql`date_trunc('month', ${ctx.now().toISOString()}::timestamptz at time zone 'Asia/Kolkata')
      - make_interval(months => ${count - 1}::integer)`
    const since = and(
      eq(verdicts.advisorId, advisorId),
      gte(verdicts.createdAt, sql`(${from}) at time zone 'Asia/Kolkata'`),
    )
    const [standings, months, violations] = await Promise.all([
      ctx.db.read
        .select({ score: complianceStandings.score })
        .from(complianceStandings)
        .where(eq(complianceStandings.advisorId, advisorId)),
      readMonths(ctx, since),
      readViolations(ctx, since),
    ])
    const complianceScore = standings[0]?.score ?? null
    return {
      complianceScore,
      riskScore: complianceScore === null ? null : 100 - complianceScore,
      months,
      improvement: improvementOf(months),
      violations,
    }
  },
})

type Condition = ReturnType<typeof and>

const readMonths = (ctx: Ctx, since: Condition) => {
  const month = sql<string>`to_char(${verdicts.createdAt} at time zone 'Asia/Kolkata', 'YYYY-MM')`
  return ctx.db.read
    .select({
      month,
      verdicts: sql<number>`count(*)::integer`,
      clean: sql<number>`(count(*) filter (where ${verdicts.outcome} = 'clean'))::integer`,
      sentBack: sql<number>`(count(*) filter (where ${verdicts.outcome} = 'changes_required'))::integer`,
      averageScore: sql<number>`round(avg(${verdicts.score}))::integer`,
    })
    .from(verdicts)
    .where(since)
    .groupBy(sql`1`)
    .orderBy(sql`1`)
}

async function readViolations(ctx: Ctx, since: Condition): Promise<ComplianceProfileView['violations']> {
  const rows = await ctx.db.read
    .select({
      family: sql<string>`found->>'family'`,
      findings: sql<number>`count(*)::integer`,
      texts: sql<number>`count(distinct ${verdicts.contentId})::integer`,
      blocks: sql<number>`(count(*) filter (where found->>'severity' = 'block'))::integer`,
      lastFoundAt: sql<string>`max(${verdicts.createdAt})`,
    })
    .from(verdicts)
    .innerJoinLateral(sql`jsonb_array_elements(${verdicts.findings}) as found`, sql`true`)
    .where(since)
    .groupBy(sql`1`)
    .orderBy(sql`2 desc, 1`)
  return rows.map((row) => ({ ...row, lastFoundAt: new Date(row.lastFoundAt).toISOString() }))
}
