import { type Queries, schema } from '@pramaan/db'
import { type Entitlements, IST_OFFSET_MS, type PlanLimit, type PlanQuotas, type Quota } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { countLiveKeys, countPlaces } from '../identity/index.ts'
import { type Meter, periodOf } from './count-use.ts'

const { planUsage } = schema

/** What a firm uses of each limit at a moment: people with those invited, and keys that work. */
export type PlanUse = Record<PlanLimit, number>

/** Counted anew at each call, so that it is what the next refusal would go by. */
export async function readPlanUse(queries: Queries, advisorId: string, now: Date): Promise<PlanUse> {
  const [meters, { people, invited }, keys] = await Promise.all([
    queries.select().from(planUsage).where(eq(planUsage.advisorId, advisorId)),
    countPlaces(queries, advisorId, now),
    countLiveKeys(queries, advisorId, now),
  ])
  const usedOf = (wanted: Meter) =>
    meters.find(({ meter, period }) => meter === wanted && period >= periodOf(wanted, now))?.used ?? 0
  return {
    members: people + invited,
    checksPerDay: usedOf('checks'),
    recipientsPerMonth: usedOf('recipients'),
    apiKeys: keys,
  }
}

/** What is left of each limit, and when it begins anew. */
export function quotasOf(use: PlanUse, allowed: Entitlements, now: Date): PlanQuotas {
  const quota = (limit: PlanLimit, resetsAt: Date | null): Quota => ({
    allowed: allowed[limit],
    used: use[limit],
    left: Math.max(0, allowed[limit] - use[limit]),
    resetsAt: resetsAt?.toISOString() ?? null,
  })
  const [year = 0, month = 1, day = 1] = periodOf('checks', now).split('-').map(Number)
  return {
    members: quota('members', null),
    checksPerDay: quota('checksPerDay', midnightInIndia(year, month, day + 1)),
    recipientsPerMonth: quota('recipientsPerMonth', midnightInIndia(year, month + 1, 1)),
    apiKeys: quota('apiKeys', null),
  }
}

/** `month` from 1 on; what lies beyond the end of a month or year is the next one's. */
const midnightInIndia = (year: number, month: number, day: number): Date =>
  new Date(Date.UTC(year, month - 1, day) - IST_OFFSET_MS)
