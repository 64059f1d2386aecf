import type { PlanLimit, Tier } from '@pramaan/shared'
import { AppError } from '../platform/errors.ts'

const NEEDS: Record<PlanLimit, (allowed: number) => string> = {
  members: (allowed) => `${allowed} people, open invitations included. Remove somebody`,
  checksPerDay: (allowed) => `${allowed} checks a day. Wait for the next day in India`,
  recipientsPerMonth: (allowed) => `${allowed} recipients a month. Wait for the next month in India`,
  apiKeys: (allowed) => `${allowed} API keys that work. Revoke one that is not used`,
}

/** The refusal of what a plan does not cover, with both ways out. What exists already stays as it is. */
export const planLimitReached = (limit: PlanLimit, tier: Tier, allowed: number): AppError =>
  new AppError(
    'plan_limit_reached',
    `Your plan (${tier}) allows ${NEEDS[limit](allowed)}, or have an owner choose a larger plan: GET /api/billing/plans.`,
    { detail: { limit, tier, allowed } },
  )
