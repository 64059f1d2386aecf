import { CampaignIdInput } from '@pramaan/shared'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { member } from '../platform/permissions.ts'
import { query } from '../platform/use-case.ts'
import { countDeliveries, findCampaign } from './queries.ts'
import { campaignView } from './views.ts'

/** One campaign and how many of its deliveries stand in each state. @throws AppError `not_found` */
export const getCampaign = query({
  name: 'campaign.get',
  input: CampaignIdInput,
  allow: member(),
  inspectedAs: 'deliveries',
  async run(ctx, { id }) {
    const advisorId = advisorIdOf(ctx)
    const [row, counts] = await Promise.all([
      findCampaign(ctx.db.read, advisorId, id),
      countDeliveries(ctx.db.read, advisorId, id),
    ])
    if (!row) throw notFound('campaign')
    return campaignView(row, counts)
  },
})
