import { schema, statement } from '@pramaan/db'
import type { LicenceState } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf, userIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { type OnboardingFacts, onboardingSteps } from './rules/onboarding.ts'
import { PREFERENCES_SET } from './set-preferences.ts'

const { members, users } = schema

/** What is left to do before the first message: each step is open, waiting (for us or a vendor) or done. */
export const getOnboarding = query({
  name: 'advisor.onboarding',
  input: z.strictObject({}),
  async run(ctx) {
    const [facts] = await selectFacts(ctx.db.read).execute({ advisorId: advisorIdOf(ctx), userId: userIdOf(ctx) })
    if (!facts) throw notFound('advisor')
    return { steps: onboardingSteps(facts) }
  },
})

const selectFacts = statement((queries) =>
  queries
    .select({
      emailVerified: sql<boolean>`${users.emailVerifiedAt} is not null`,
      licenceStates: sql<LicenceState[]>`(
        select coalesce(json_agg(l.state), '[]'::json) from licences l where l.advisor_id = ${members.advisorId})`,
      connection: sql<OnboardingFacts['connection']>`(
        select c.state from whatsapp_connections c
        where c.advisor_id = ${members.advisorId} and c.state <> 'revoked')`,
      connectionStep: sql<string | null>`(
        select c.step from whatsapp_connections c
        where c.advisor_id = ${members.advisorId} and c.state <> 'revoked')`,
      connectionFailure: sql<string | null>`(
        select c.failure from whatsapp_connections c
        where c.advisor_id = ${members.advisorId} and c.state <> 'revoked')`,
      preferencesSet: sql<boolean>`exists (
        select from audit_entries e where e.advisor_id = ${members.advisorId}
        and e.object_id = ${members.advisorId}::text and e.action = ${sql.raw(`'${PREFERENCES_SET}'`)})`,
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.advisorId, sql.placeholder('advisorId')), eq(members.userId, sql.placeholder('userId'))))
    .prepare('identity_onboarding'),
)
