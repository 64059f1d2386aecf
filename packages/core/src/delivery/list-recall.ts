import { schema, statement } from '@pramaan/db'
import { DeliveryListInput } from '@pramaan/shared'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { findCampaign } from './queries.ts'
import { recipientView } from './views.ts'

const { deliveries, recipients } = schema
const given = sql.placeholder

/** Where a message is, or may be, with the person. */
const WITH_THE_PERSON = ['accepted', 'sent', 'delivered', 'read', 'unknown']

const page = statement((queries) =>
  queries
    .select({ id: deliveries.id, state: deliveries.state, recipient: recipients })
    .from(deliveries)
    .innerJoin(
      recipients,
      and(eq(recipients.advisorId, deliveries.advisorId), eq(recipients.id, deliveries.recipientId)),
    )
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        eq(deliveries.campaignId, given('campaignId')),
        sql`${deliveries.state} = any(${given('states')}::text[])`,
        gt(deliveries.id, given('after')),
      ),
    )
    .orderBy(asc(deliveries.id))
    .limit(given('limit'))
    .prepare('delivery_recall_page'),
)

const START = '00000000-0000-0000-0000-000000000000'

/**
 * Who has a message of a campaign, or may have it, with the phone: WhatsApp takes no business message back, so whoever
 * has to correct one has to reach these. @throws AppError `not_found`
 */
export const listRecall = query({
  name: 'campaign.list_recall',
  input: DeliveryListInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `recall:${advisorId}:${input.id}`
    const after = input.cursor === undefined ? START : decodeCursor(ctx.keys, list, input.cursor)
    const wanted = { advisorId, campaignId: input.id, states: WITH_THE_PERSON, after, limit: input.limit + 1 }
    const [campaign, rows] = await Promise.all([
      findCampaign(ctx.db.read, advisorId, input.id),
      page(ctx.db.read).execute(wanted),
    ])
    if (!campaign) throw notFound('campaign')
    const { items, nextCursor } = toPage(ctx.keys, list, rows, {
      limit: input.limit,
      keyOf: (row) => row.id,
      view: async ({ state, recipient }) => ({
        deliveryState: state,
        recipient: await recipientView(ctx.keys, ctx.db.read, recipient),
      }),
    })
    return { items: await Promise.all(items), nextCursor }
  },
})
