import type { Queries } from '@pramaan/db'
import { ChurnInput, type ChurnItem, type ChurnView, type Tier } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { report } from './report.ts'
import type { Observation } from './rules/churn-features.ts'
import { riskOf, SHIPPED } from './rules/churn-model.ts'
import type { Logistic } from './rules/logistic.ts'
import { readModel } from './study-churn.ts'

const LIST = 'analytics.churn'

/**
 * Firms that pay, as they were last observed, in the order of their risk to leave; those that have asked to end first.
 * See docs/analytics/churn.md. No firm and no person is named.
 *
 * @throws AppError `invalid_cursor`, `unavailable`
 */
export const listChurn = query({
  name: 'analytics.list_churn',
  input: ChurnInput,
  async run(ctx, { limit, cursor }): Promise<ChurnView> {
    const after = cursor === undefined ? '' : decodeCursor(ctx.keys, LIST, cursor)
    const { asOf, source, result } = await report(ctx, async (queries) => ({
      learnt: await readModel(queries),
      firms: await readNewest(queries),
    }))
    const { learnt, firms } = result
    const judged = firms
      .map((firm) => judge(firm, learnt?.model ?? SHIPPED))
      .filter(({ key }) => key > after)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    const page = toPage(ctx.keys, LIST, judged, { limit, keyOf: ({ key }) => key, view: ({ item }) => item })
    const model = {
      origin: learnt ? ('learnt' as const) : ('shipped' as const),
      learntAt: learnt?.learntAt.toISOString() ?? null,
      quality: learnt?.quality ?? null,
    }
    return { asOf, source, model, ...page }
  },
})

interface Firm extends Record<string, unknown> {
  advisorId: string
  tier: Tier
  announced: boolean
  observedAt: string
  observation: Observation
}

/** What was observed last; a firm that was not observed then does not pay any more. */
async function readNewest(queries: Queries): Promise<Firm[]> {
  const { rows } = await queries.execute<Firm>(sql`
    select s.advisor_id as "advisorId", tier, announced, observed_at as "observedAt", observation
    from churn_snapshots s join advisors a on a.id = s.advisor_id
    where s.observed_at = (select max(observed_at) from churn_snapshots
      where week = (select max(week) from churn_snapshots))
      and week = (select max(week) from churn_snapshots)`)
  return rows
}

/** The highest risk has the first key; nine digits tell any two probabilities apart that matter. */
function judge({ observation, observedAt, ...firm }: Firm, model: Logistic): { key: string; item: ChurnItem } {
  const { risk, band, reasons } = riskOf(model, observation)
  const known = { ...firm, observedAt: new Date(observedAt).toISOString() }
  if (firm.announced) {
    return { key: `0 ${firm.advisorId}`, item: { ...known, risk: null, band: null, reasons: [] } }
  }
  return { key: `1 ${(1 - risk).toFixed(9)} ${firm.advisorId}`, item: { ...known, risk, band, reasons } }
}
