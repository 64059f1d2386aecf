import { type Queries, schema } from '@pramaan/db'
import { type Entitlements, IST_OFFSET_MS, type PlanLimit, type PlanQuotas, type Quota } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { countLiveKeys, countPlaces } from '../identity/index.ts'
import { type Meter, periodOf } from './count-use.ts'

const { planUsage } = schema

/** What a firm uses of each limit at a moment: people with those invited, and keys that work. */
export type PlanUse = Record<PlanLimit, number>

/** The limits that begin anew with a day or month. */
type MeteredLimit = 'checksPerDay' | 'recipientsPerMonth'

/** Counted anew at each call, so that it is what the next refusal would go by. */
export async function readPlanUse(queries: Queries, advisorId: string, now: Date): Promise<PlanUse> {
  const [metered, { people, invited }, keys] = await Promise.all([
    readMeteredUse(queries, advisorId, now),
    countPlaces(queries, advisorId, now),
    countLiveKeys(queries, advisorId, now),
  ])
  return { ...metered, members: people + invited, apiKeys: keys }
}

/** What a firm uses of its day and month. */
export async function readMeteredUse(
  queries: Queries,
  advisorId: string,
  now: Date,
): Promise<Pick<PlanUse, MeteredLimit>> {
  const meters = await queries.select().from(planUsage).where(eq(planUsage.advisorId, advisorId))
  const usedOf = (wanted: Meter) =>
    meters.find(({ meter, period }) => meter === wanted && period >= periodOf(wanted, now))?.used ?? 0
  return { checksPerDay: usedOf('checks'), recipientsPerMonth: usedOf('recipients') }
}

/** What is left of each limit, and when it begins anew. */
export function quotasOf(use: PlanUse, allowed: Entitlements, now: Date): PlanQuotas {
  return {
    members: quotaOf(use.members, allowed.members, null),
    ...meteredQuotasOf(use, allowed, now),
    apiKeys: quotaOf(use.apiKeys, allowed.apiKeys, null),
  }
}

/** The same of the limits that begin anew. */
export function meteredQuotasOf(
  use: Pick<PlanUse, MeteredLimit>,
  allowed: Entitlements,
  now: Date,
): Pick<PlanQuotas, MeteredLimit> {
  const [year = 0, month = 1, day = 1] = periodOf('checks', now).split('-').map(Number)
  const [tomorrow, nextMonth] = [midnightInIndia(year, month, day + 1), midnightInIndia(year, month + 1, 1)]
  return {
    checksPerDay: quotaOf(use.checksPerDay, allowed.checksPerDay, tomorrow),
    recipientsPerMonth: quotaOf(use.recipientsPerMonth, allowed.recipientsPerMonth, nextMonth),
  }
}

const quotaOf = (used: number, allowed: number, resetsAt: Date | null): Quota => ({
  ...{ allowed, used },
  left: Math.max(0, allowed - used),
  resetsAt: resetsAt?.toISOString() ?? null,
})

/** `month` from 1 on; what lies beyond the end of a month or year is the next one's. */
const midnightInIndia = (year: number, month: number, day: number): Date =>
  new Date(Date.UTC(year, month - 1, day) - IST_OFFSET_MS)
