import { CampaignIdInput } from '@pramaan/shared'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { holdCampaign } from './hold-campaigns.ts'
import { countDeliveries, findCampaign } from './queries.ts'
import { HOLD_REASONS } from './rules/may-send.ts'
import { campaignView } from './views.ts'

/**
 * Lets nothing more of a campaign go out until somebody resumes it; what a worker has in hand finishes.
 *
 * @throws AppError `not_found`, `invalid_state` when it is not under way
 */
export const pauseCampaign = command({
  name: 'campaign.pause',
  input: CampaignIdInput,
  async run(ctx, { id }) {
    const advisorId = advisorIdOf(ctx)
    const [first, ...rest] = await holdCampaign(ctx, { advisorId, campaignId: id, reason: HOLD_REASONS.paused })
    const row = await findCampaign(ctx.tx, advisorId, id)
    if (!row) throw notFound('campaign')
    if (!first)
      throw new AppError('invalid_state', `This campaign is ${row.state}; only one that is under way can be paused.`)
    return { output: campaignView(row, await countDeliveries(ctx.tx, advisorId, id)), audit: [first, ...rest] }
  },
})
