import { CampaignIdInput } from '@pramaan/shared'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { campaignTrail } from './campaign-trail.ts'
import { dispatchJob } from './jobs.ts'
import { moveCampaign } from './move-campaign.ts'
import { countDeliveries, findCampaign } from './queries.ts'
import { campaignView } from './views.ts'

/**
 * Goes on with a campaign that was paused or held. It begins with its dispatch, where everything is checked anew: what
 * held it and still stands holds it again.
 *
 * @throws AppError `not_found`, `invalid_state` when it is not held
 */
export const resumeCampaign = command({
  name: 'campaign.resume',
  input: CampaignIdInput,
  async run(ctx, { id }) {
    const advisorId = advisorIdOf(ctx)
    const before = await findCampaign(ctx.tx, advisorId, id)
    if (!before) throw notFound('campaign')
    const row = await moveCampaign(ctx, { advisorId, campaignId: id, event: 'resume' })
    if (!row) throw new AppError('invalid_state', `This campaign is ${before.state}; only a held one can be resumed.`)
    const { scheduledAt } = row
    const later = scheduledAt !== null && scheduledAt > ctx.now() ? { startAfter: scheduledAt } : {}
    return {
      output: campaignView(row, await countDeliveries(ctx.tx, advisorId, id)),
      audit: campaignTrail(row, {
        action: 'campaign.resumed',
        from: 'held',
        to: 'scheduled',
        ...(before.heldReason === null ? {} : { reason: before.heldReason }),
      }),
      jobs: [dispatchJob.with({ advisorId, campaignId: id }, { groupId: advisorId, ...later })],
    }
  },
})
