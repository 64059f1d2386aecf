import { type Queries, schema, statement } from '@pramaan/db'
import type { ProfileView } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { advisorIdOf, type Ctx, userIdOf } from '../platform/context.ts'
import { licencesOfAdvisor, licenceView } from './licence-rows.ts'
import { openPerson } from './person.ts'
import { tierAt } from './rules/tier.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors, complianceStandings, members, users } = schema

/** The caller and their firm, in one statement; the person's own fields are decrypted here. */
export async function readProfile(
  ctx: Pick<Ctx, 'actor' | 'advisorId' | 'keys' | 'now'>,
  queries: Queries,
): Promise<ProfileView> {
  const userId = userIdOf(ctx as Ctx)
  const advisorId = advisorIdOf(ctx as Ctx)
  const [row] = await selectProfile(queries).execute({ advisorId, userId })
  if (!row) throw new Error('a member without a row')
  const person = await openPerson(ctx.keys, queries, { userId, email: row.email, fullName: row.fullName })
  return {
    profile: {
      advisorId,
      displayName: row.displayName,
      status: row.status,
      createdAt: row.createdAt.toISOString(),
      user: { id: userId, ...person, role: row.role, memberRole: row.memberRole },
      licences: row.licences.map(licenceView),
    },
    tier: tierAt(row, ctx.now()),
    complianceScore: row.complianceScore,
    lastActive: row.lastSignInAt?.toISOString() ?? null,
  }
}

const selectProfile = statement((queries) =>
  queries
    .select({
      displayName: advisors.displayName,
      status: advisors.status,
      ...tierColumns,
      createdAt: advisors.createdAt,
      email: users.email,
      fullName: users.fullName,
      role: users.role,
      lastSignInAt: users.lastSignInAt,
      memberRole: members.role,
      complianceScore: complianceStandings.score,
      licences: licencesOfAdvisor,
    })
    .from(members)
    .innerJoin(advisors, eq(advisors.id, members.advisorId))
    .innerJoin(users, eq(users.id, members.userId))
    .leftJoin(complianceStandings, eq(complianceStandings.advisorId, members.advisorId))
    .where(and(eq(members.advisorId, sql.placeholder('advisorId')), eq(members.userId, sql.placeholder('userId'))))
    .prepare('identity_profile'),
)
