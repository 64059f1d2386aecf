import { type Queries, schema, statement } from '@pramaan/db'
import type { AdvisorStatus, LicenceState, LicenceType } from '@pramaan/shared'
import { eq, sql } from 'drizzle-orm'
import { licencesOfAdvisor } from './licence-rows.ts'
import type { TierFacts } from './rules/tier.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors } = schema

/** What the other domains need to know about an advisor. */
export interface AdvisorFacts {
  advisorId: string
  displayName: string
  status: AdvisorStatus
  /** `tierAt` says which of them holds at a moment. */
  tiers: TierFacts
  autoApproveClean: boolean
  /** The firm lets a model look at its texts. */
  aiReview: boolean
  licences: { id: string; type: LicenceType; number: string; state: LicenceState; validUntil: Date | null }[]
}

/** One advisor with all licences, in one statement; null where there is no such advisor. */
export async function readAdvisor(queries: Queries, advisorId: string): Promise<AdvisorFacts | null> {
  const [row] = await selectAdvisor(queries).execute({ advisorId })
  if (!row) return null
  const { tier, tierSteps, ...facts } = row
  const licences = facts.licences.map((licence) => ({
    ...licence,
    validUntil: licence.validUntil === null ? null : new Date(licence.validUntil),
  }))
  return { advisorId, ...facts, tiers: { tier, tierSteps }, licences }
}

const selectAdvisor = statement((queries) =>
  queries
    .select({
      displayName: advisors.displayName,
      status: advisors.status,
      ...tierColumns,
      autoApproveClean: advisors.autoApproveClean,
      aiReview: advisors.aiReview,
      licences: licencesOfAdvisor,
    })
    .from(advisors)
    .where(eq(advisors.id, sql.placeholder('advisorId')))
    .prepare('identity_advisor'),
)
