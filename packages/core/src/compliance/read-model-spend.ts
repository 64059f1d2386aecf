import { type Queries, schema } from '@pramaan/db'
import { istDay } from '@pramaan/shared'
import { sql } from 'drizzle-orm'

const { aiAllowances: allowances } = schema

/** What all advisors together have spent on the model since midnight in India, and whose circuit is open now. */
export interface ModelSpend {
  calls: number
  inputTokens: number
  outputTokens: number
  pausedAdvisors: number
}

export async function readModelSpend(queries: Queries, now: Date): Promise<ModelSpend> {
  const today = sql`filter (where ${allowances.day} = ${istDay(now)})`
  const sum = (column: typeof allowances.calls | typeof allowances.inputTokens | typeof allowances.outputTokens) =>
    sql<number>`coalesce(sum(${column}) ${today}, 0)`.mapWith(Number)
  const [row] = await queries
    .select({
      calls: sum(allowances.calls),
      inputTokens: sum(allowances.inputTokens),
      outputTokens: sum(allowances.outputTokens),
      pausedAdvisors: sql<number>`count(*) filter (where ${allowances.pausedUntil} > ${now})`.mapWith(Number),
    })
    .from(allowances)
  return row ?? { calls: 0, inputTokens: 0, outputTokens: 0, pausedAdvisors: 0 }
}
