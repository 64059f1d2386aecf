import { schema, type Tx } from '@pramaan/db'
import type { AdvisorStatus, Entitlements, Tier } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { notFound } from '../platform/errors.ts'
import { entitlementsOf } from './rules/entitlements.ts'
import { tierAt } from './rules/tier.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors } = schema

interface LockedFirm {
  status: AdvisorStatus
  tier: Tier
  allowed: Entitlements
}

/**
 * Makes those who add something to a firm take turns until the transaction ends, among them the change of its plan: what
 * is counted after this stays true until the commit.
 *
 * @throws AppError `not_found`
 */
export async function lockFirm(tx: Tx, advisorId: string, now: Date): Promise<LockedFirm> {
  const [firm] = await tx
    .select({ status: advisors.status, ...tierColumns })
    .from(advisors)
    .where(eq(advisors.id, advisorId))
    .for('no key update')
  if (!firm) throw notFound('advisor')
  const tier = tierAt(firm, now)
  return { status: firm.status, tier, allowed: entitlementsOf(tier, now) }
}
