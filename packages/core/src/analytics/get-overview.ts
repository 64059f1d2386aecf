import { type Queries, schema } from '@pramaan/db'
import { type OverviewView, ReportInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { quotasOf, readPlanUse } from '../billing/index.ts'
import { entitlementsOf, tierAt, tierColumns } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { messageShares } from './message-shares.ts'
import { readMessages, readTexts, reportOn, type TextRow } from './read-roll-ups.ts'
import { compare, paiseOf, quantile, rowsOf, sum, talliesOf } from './rules/counts.ts'

const { advisors } = schema

/** What a firm sent, what became of it, how its texts fared, and what it cost, beside the days before. */
export const getOverview = query({
  name: 'analytics.get_overview',
  input: ReportInput,
  run: (ctx, input) => overviewOf(ctx, input),
})

export async function overviewOf(ctx: Ctx, asked: ReportInput): Promise<OverviewView> {
  const { head, result } = await reportOn(ctx, asked, async (queries, { advisorId, range, previous }) => ({
    messages: await readMessages(queries, advisorId, range),
    earlierMessages: await readMessages(queries, advisorId, previous),
    texts: await readTexts(queries, advisorId, range),
    earlierTexts: await readTexts(queries, advisorId, previous),
    quotas: await readQuotas(ctx, queries, advisorId),
  }))
  const { messages, earlierMessages, texts, earlierTexts } = result
  const { approved, ...shares } = compare({
    ...messageShares(messages, earlierMessages, head),
    approved: { now: decisions(texts), before: decisions(earlierTexts), rows: rowsOf('text.approved', head.range) },
  })
  const counted = (count: 'sent' | 'failed') => ({
    count: sum(messages, (row) => row[count]),
    previous: sum(earlierMessages, (row) => row[count]),
    rows: rowsOf(`message.${count}`, head.range),
  })
  const seconds = texts.flatMap((row) => row.approvalSeconds)
  return {
    ...head,
    messages: { sent: counted('sent'), failed: counted('failed'), ...shares },
    texts: {
      approved,
      timeToApproval: {
        approvals: seconds.length,
        medianSeconds: quantile(seconds, 0.5),
        p90Seconds: quantile(seconds, 0.9),
        previousMedianSeconds: quantile(
          earlierTexts.flatMap((row) => row.approvalSeconds),
          0.5,
        ),
        rows: rowsOf('text.approved', head.range),
      },
    },
    cost: {
      amountPaise: paiseOf(sum(messages, (row) => row.costMillipaise)),
      previousPaise: paiseOf(sum(earlierMessages, (row) => row.costMillipaise)),
      pricedMessages: sum(messages, (row) => row.priced),
      rows: rowsOf('message.priced', head.range),
    },
    quotas: result.quotas,
  }
}

async function readQuotas(ctx: Ctx, queries: Queries, advisorId: string): Promise<OverviewView['quotas']> {
  const use = await readPlanUse(queries, advisorId, ctx.now())
  const [firm] = await queries.select(tierColumns).from(advisors).where(eq(advisors.id, advisorId))
  if (!firm) throw new Error('a report of a firm that does not exist')
  const allowed = entitlementsOf(ctx.tier ?? tierAt(firm, ctx.now()), ctx.now())
  const { checksPerDay, recipientsPerMonth } = quotasOf(use, allowed, ctx.now())
  return { checksPerDay, recipientsPerMonth }
}

/** Approvals of all decisions, each text for itself. */
const decisions = (rows: readonly TextRow[]) =>
  talliesOf(rows, {
    id: (row) => row.contentId,
    hits: (row) => row.approved,
    of: (row) => row.approved + row.sentBack + row.rejected,
  })
