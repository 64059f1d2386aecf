import { type Queries, schema } from '@pramaan/db'
import { type OverviewView, ReportInput, type Tier } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { meteredQuotasOf, readMeteredUse } from '../billing/index.ts'
import { entitlementsOf, tierAt, tierColumns } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { messageShares } from './message-shares.ts'
import { reportOn } from './read-roll-ups.ts'
import { type MessageTotals, readMessageTotals, readTextTotals, type TextTotals } from './read-totals.ts'
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
    Promise.all([readMessageTotals(queries, of), readTextTotals(queries, of), readQuotas(ctx, queries, of.advisorId)]),
  )
  const [messages, texts, quotas] = result
  const { approved, ...shares } = compare({
    ...messageShares(messages.now.campaigns, messages.before.campaigns, head),
    approved: { now: decisions(texts.now), before: decisions(texts.before), rows: rowsOf('text.approved', head.range) },
  })
  const sent = ({ campaigns }: MessageTotals) => sum(campaigns, (campaign) => campaign.sent)
  return {
    ...head,
    messages: {
      sent: { count: sent(messages.now), previous: sent(messages.before), rows: rowsOf('message.sent', head.range) },
      failed: {
        count: messages.now.failed,
        previous: messages.before.failed,
        rows: rowsOf('message.failed', head.range),
      },
      ...shares,
    },
    texts: {
      approved,
      timeToApproval: {
        approvals: texts.now.approvalSeconds.length,
        medianSeconds: quantile(texts.now.approvalSeconds, 0.5),
        p90Seconds: quantile(texts.now.approvalSeconds, 0.9),
        previousMedianSeconds: quantile(texts.before.approvalSeconds, 0.5),
        rows: rowsOf('text.approved', head.range),
      },
    },
    cost: {
      amountPaise: paiseOf(messages.now.costMillipaise),
      previousPaise: paiseOf(messages.before.costMillipaise),
      pricedMessages: messages.now.priced,
      rows: rowsOf('message.priced', head.range),
    },
    quotas,
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
const decisions = ({ texts }: TextTotals) =>
  talliesOf(texts, { id: (text) => text.contentId, hits: (text) => text.approved, of: (text) => text.decided })
