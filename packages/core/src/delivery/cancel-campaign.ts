import { schema } from '@pramaan/db'
import { CampaignIdInput } from '@pramaan/shared'
import { and, eq, ne } from 'drizzle-orm'
import { moveContent } from '../content/index.ts'
import { advisorIdOf, type CommandCtx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { campaignTrail } from './campaign-trail.ts'
import { moveCampaign } from './move-campaign.ts'
import { countDeliveries, findCampaign } from './queries.ts'
import { CANCEL_REASONS } from './rules/may-send.ts'
import { type CampaignRow, campaignView } from './views.ts'

/**
 * Sends nothing more of a campaign: what is queued is cancelled, what a worker has in hand finishes. A campaign of
 * which nothing went out gives its content back.
 *
 * @throws AppError `not_found`, `invalid_state` when it is completed or cancelled already
 */
export const cancelCampaign = command({
  name: 'campaign.cancel',
  input: CampaignIdInput,
  async run(ctx, { id }) {
    const advisorId = advisorIdOf(ctx)
    const { deliveries } = schema
    const before = await findCampaign(ctx.tx, advisorId, id)
    if (!before) throw notFound('campaign')
    const row = await moveCampaign(ctx, { advisorId, campaignId: id, event: 'cancel' })
    if (!row) throw new AppError('invalid_state', 'This campaign has ended already; there is nothing left to cancel.')
    const cancelled = await ctx.tx
      .update(deliveries)
      .set({ state: 'cancelled', reason: CANCEL_REASONS.cancelled, updatedAt: ctx.now() })
      .where(and(eq(deliveries.advisorId, advisorId), eq(deliveries.campaignId, id), eq(deliveries.state, 'queued')))
      .returning({ id: deliveries.id })
    const content = await giveContentBack(ctx, row)
    const entry = {
      action: 'campaign.cancelled',
      from: before.state,
      to: 'cancelled',
      detail: { cancelledDeliveries: cancelled.length },
    }
    return {
      output: campaignView(row, await countDeliveries(ctx.tx, advisorId, id)),
      audit: campaignTrail(row, entry, content),
    }
  },
})

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
