import { schema } from '@pramaan/db'
import { and, eq, ne } from 'drizzle-orm'
import { moveContent } from '../content/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import { campaignTrail } from './campaign-trail.ts'
import { moveCampaign } from './move-campaign.ts'
import { CANCEL_REASONS } from './rules/may-send.ts'
import type { CampaignRow } from './views.ts'

/**
 * Cancels a campaign and what is queued of it; one of which nothing went out gives its content back.
 *
 * @returns null when it has ended already
 */
export async function stopCampaign(
  ctx: CommandCtx,
  { advisorId, id, state: from }: Pick<CampaignRow, 'advisorId' | 'id' | 'state'>,
): Promise<{ row: CampaignRow; audit: [AuditEntry, AuditEntry] } | null> {
  const { deliveries } = schema
  const row = await moveCampaign(ctx, { advisorId, campaignId: id, event: 'cancel' })
  if (!row) return null
  const cancelled = await ctx.tx
    .update(deliveries)
    .set({ state: 'cancelled', reason: CANCEL_REASONS.cancelled, updatedAt: ctx.now() })
    .where(and(eq(deliveries.advisorId, advisorId), eq(deliveries.campaignId, id), eq(deliveries.state, 'queued')))
    .returning({ id: deliveries.id })
  const content = await giveContentBack(ctx, row)
  const detail = { cancelledDeliveries: cancelled.length }
  return { row, audit: campaignTrail(row, { action: 'campaign.cancelled', from, to: 'cancelled', detail }, content) }
}

/** Content that only waited for this campaign is approved again, and may be changed. */
async function giveContentBack(ctx: CommandCtx, row: CampaignRow): Promise<{ from: string; to: string } | null> {
  const { approvals, campaigns } = schema
  const { advisorId, contentId } = row
  const [approved, others] = await Promise.all([
    ctx.tx
      .select({ versionId: approvals.versionId })
      .from(approvals)
      .where(and(eq(approvals.advisorId, advisorId), eq(approvals.id, row.approvalId))),
    ctx.tx
      .select({ id: campaigns.id })
      .from(campaigns)
      .where(
        and(
          eq(campaigns.advisorId, advisorId),
          eq(campaigns.contentId, contentId),
          eq(campaigns.state, 'scheduled'),
          ne(campaigns.id, row.id),
        ),
      )
      .limit(1),
  ])
  const versionId = approved[0]?.versionId
  if (versionId === undefined || others.length > 0) return null
  return moveContent(ctx, { advisorId, contentId, versionId, event: 'unschedule' })
}
