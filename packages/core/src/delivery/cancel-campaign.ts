import { CampaignIdInput } from '@pramaan/shared'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { countDeliveries, findCampaign } from './queries.ts'
import { stopCampaign } from './stop-campaign.ts'
import { campaignView } from './views.ts'

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
    const before = await findCampaign(ctx.tx, advisorId, id)
    if (!before) throw notFound('campaign')
    const stopped = await stopCampaign(ctx, before)
    if (!stopped) {
      throw new AppError('invalid_state', 'This campaign has ended already; there is nothing left to cancel.')
    }
    return { output: campaignView(stopped.row, await countDeliveries(ctx.tx, advisorId, id)), audit: stopped.audit }
  },
})
