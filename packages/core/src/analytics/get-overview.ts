import { type Queries, schema } from '@pramaan/db'
import { type OverviewView, ReportInput, type Tier } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { meteredQuotasOf, readMeteredUse } from '../billing/index.ts'
import { entitlementsOf, tierAt, tierColumns } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { messageShares } from './message-shares.ts'
import { byPeriod, readMessages, readTexts, reportOn, type TextRow } from './read-roll-ups.ts'
import { compare, paiseOf, quantile, rowsOf, sum, talliesOf } from './rules/counts.ts'

const { advisors } = schema

/** What a firm sent, what became of it, how its texts fared, and what it cost, beside the days before. */
export const getOverview = query({
  name: 'analytics.get_overview',
  input: ReportInput,
  run: (ctx, input) => overviewOf(ctx, input),
})

export async function overviewOf(ctx: Ctx, asked: ReportInput): Promise<OverviewView> {
  const { head, result } = await reportOn(ctx, asked, (queries, of) =>
    Promise.all([readMessages(queries, of), readTexts(queries, of), readQuotas(ctx, queries, of.advisorId)]),
  )
  const [{ now: messages, before: earlierMessages }, { now: texts, before: earlierTexts }] = [
    byPeriod(result[0], head),
    byPeriod(result[1], head),
  ]
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
    quotas: result[2],
  }
}

async function readQuotas(ctx: Ctx, queries: Queries, advisorId: string): Promise<OverviewView['quotas']> {
  const [use, tier] = await Promise.all([
    readMeteredUse(queries, advisorId, ctx.now()),
    ctx.tier ?? readTier(ctx, queries, advisorId),
  ])
  return meteredQuotasOf(use, entitlementsOf(tier, ctx.now()), ctx.now())
}

async function readTier(ctx: Ctx, queries: Queries, advisorId: string): Promise<Tier> {
  const [firm] = await queries.select(tierColumns).from(advisors).where(eq(advisors.id, advisorId))
  if (!firm) throw new Error('a report of a firm that does not exist')
  return tierAt(firm, ctx.now())
}

/** Approvals of all decisions, each text for itself. */
const decisions = (rows: readonly TextRow[]) =>
  talliesOf(rows, {
    id: (row) => row.contentId,
    hits: (row) => row.approved,
    of: (row) => row.approved + row.sentBack + row.rejected,
  })
