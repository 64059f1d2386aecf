import { schema, statement } from '@pramaan/db'
import { DeliveryListInput } from '@pramaan/shared'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { member } from '../platform/permissions.ts'
import { query } from '../platform/use-case.ts'
import { findCampaign } from './queries.ts'
import { deliveryView } from './views.ts'

const { deliveries } = schema
const given = sql.placeholder

const page = statement((queries) =>
  queries
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        eq(deliveries.campaignId, given('campaignId')),
        gt(deliveries.id, given('after')),
      ),
    )
    .orderBy(asc(deliveries.id))
    .limit(given('limit'))
    .prepare('delivery_page'),
)

/** Before every id. */
const START = '00000000-0000-0000-0000-000000000000'

/** What became of each message of a campaign, with the reason in plain words. @throws AppError `not_found` */
export const listDeliveries = query({
  name: 'campaign.list_deliveries',
  input: DeliveryListInput,
  allow: member(),
  inspectedAs: 'deliveries',
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `deliveries:${advisorId}:${input.id}`
    const after = input.cursor === undefined ? START : decodeCursor(ctx.keys, list, input.cursor)
    const [campaign, rows] = await Promise.all([
      findCampaign(ctx.db.read, advisorId, input.id),
      page(ctx.db.read).execute({ advisorId, campaignId: input.id, after, limit: input.limit + 1 }),
    ])
    if (!campaign) throw notFound('campaign')
    return toPage(ctx.keys, list, rows, { limit: input.limit, keyOf: (row) => row.id, view: deliveryView })
  },
})
