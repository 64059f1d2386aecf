import { type Queries, schema, statement } from '@pramaan/db'
import type { ProfileView } from '@pramaan/shared'
import { eq, sql } from 'drizzle-orm'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { licencesOfAdvisor, licenceView } from './licence-rows.ts'
import { tierAt } from './rules/tier.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors, complianceStandings } = schema

/** The profile as an API key sees it: the firm, and nothing about any person of it. */
export async function readFirm(ctx: Ctx, queries: Queries): Promise<ProfileView> {
  const advisorId = advisorIdOf(ctx)
  const [row] = await selectFirm(queries).execute({ advisorId })
  if (!row) throw new Error('an API key without a firm')
  return {
    profile: {
      advisorId,
      displayName: row.displayName,
      status: row.status,
      createdAt: row.createdAt.toISOString(),
      user: null,
      licences: row.licences.map(licenceView),
    },
    tier: tierAt(row, ctx.now()),
    complianceScore: row.complianceScore,
    lastActive: null,
  }
}

const selectFirm = statement((queries) =>
  queries
    .select({
      displayName: advisors.displayName,
      status: advisors.status,
      ...tierColumns,
      createdAt: advisors.createdAt,
      complianceScore: complianceStandings.score,
      licences: licencesOfAdvisor,
    })
    .from(advisors)
    .leftJoin(complianceStandings, eq(complianceStandings.advisorId, advisors.id))
    .where(eq(advisors.id, sql.placeholder('advisorId')))
    .prepare('identity_firm'),
)
