import { schema, statement } from '@pramaan/db'
import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { campaignTrail } from './campaign-trail.ts'
import { moveCampaign } from './move-campaign.ts'
import { countDeliveries } from './queries.ts'
import { OPEN_DELIVERIES } from './rules/ladder.ts'

const { deliveries } = schema

// Deliveries are sent in the order of their ids, so an open one is found soonest from the end.
const openDelivery = statement((queries) =>
  queries
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.advisorId, sql.placeholder('advisorId')),
        eq(deliveries.campaignId, sql.placeholder('campaignId')),
        inArray(deliveries.state, [...OPEN_DELIVERIES]),
      ),
    )
    .orderBy(desc(deliveries.id))
    .limit(1)
    .prepare('delivery_open_delivery'),
)

const complete = command({
  name: 'campaign.complete',
  input: z.strictObject({ advisorId: z.uuid(), campaignId: z.uuid() }),
  async run(ctx, input) {
    const [open] = await openDelivery(ctx.tx).execute(input)
    const row = open ? null : await moveCampaign(ctx, { ...input, event: 'complete' })
    if (!row) return { output: false, unchanged: true }
    const counts = await countDeliveries(ctx.tx, input.advisorId, input.campaignId)
    const entry = { action: 'campaign.completed', from: 'sending', to: 'completed', detail: { counts } }
    return { output: true, audit: campaignTrail(row, entry) }
  },
})

/**
 * Completes a campaign when none of its deliveries is open. Call it after the commit of what closed one: inside, two
 * who close the last two would each still see the other's open. What a crash leaves undone, the sweep does.
 */
export async function completeCampaign(ctx: Ctx, advisorId: string, campaignId: string): Promise<void> {
  const [open] = await openDelivery(ctx.db.forAdvisor(advisorId).read).execute({ advisorId, campaignId })
  if (!open) await complete(ctx, { advisorId, campaignId })
}
