import { schema } from '@pramaan/db'
import { and, asc, eq, exists, inArray, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { completeCampaign } from './complete-campaign.ts'
import { holdUncovered } from './hold-uncovered.ts'
import { pumpJob, reconcileJob, sendJob } from './jobs.ts'
import { resumeRestored } from './resume-restored.ts'

const BATCH = 500

/** After so long a campaign that seems to be over is looked at again: whoever closed its last delivery may have died. */
const SETTLED_MS = 60_000

const reconcileExpired = command({
  name: 'delivery.sweep',
  input: z.strictObject({}),
  async run(ctx) {
    const { deliveries } = schema
    const expired = await ctx.tx
      .select({ advisorId: deliveries.advisorId, deliveryId: deliveries.id })
      .from(deliveries)
      .where(and(inArray(deliveries.state, ['claimed', 'unknown']), lt(deliveries.claimedUntil, ctx.now())))
      .orderBy(asc(deliveries.claimedUntil))
      .limit(BATCH)
    if (expired.length === 0) return { output: 0, unchanged: true }
    return {
      output: expired.length,
      audit: {
        action: 'delivery.sweep_found_expired',
        objectType: 'sweep',
        objectId: 'delivery',
        detail: { deliveries: expired.length },
      },
      jobs: expired.map((one) => reconcileJob.with(one, { groupId: one.advisorId })),
    }
  },
})

/** Turns that nobody asked for: a campaign is sending, something has long been due, and no job of its advisor came. */
const wakeLanes = command({
  name: 'delivery.wake_lanes',
  input: z.strictObject({}),
  async run(ctx) {
    const { campaigns, deliveries } = schema
    const since = new Date(ctx.now().getTime() - SETTLED_MS)
    const asleep = await ctx.tx
      .selectDistinct({ advisorId: campaigns.advisorId })
      .from(campaigns)
      .where(
        and(
          eq(campaigns.state, 'sending'),
          exists(
            ctx.tx
              .select({ one: sql`1` })
              .from(deliveries)
              .where(
                and(
                  eq(deliveries.advisorId, campaigns.advisorId),
                  eq(deliveries.campaignId, campaigns.id),
                  eq(deliveries.state, 'queued'),
                  lt(deliveries.dueAt, since),
                ),
              ),
          ),
        ),
      )
      .limit(BATCH)
    const turns = asleep.map(({ advisorId }) => sendJob.with({ advisorId }, { groupId: advisorId }))
    // The pump ends by itself where another of its jobs is on the way, or nobody wants events.
    return { output: null, unchanged: true, jobs: [...turns, pumpJob.with({})] }
  },
})

/**
 * What a crash left behind: expired claims go to reconciliation, never to a second send, and campaigns that ended are
 * completed. Campaigns whose advisor was restored go on, and those whose text lost its approval are held.
 */
export async function sweepDeliveries(ctx: Ctx): Promise<void> {
  await reconcileExpired(ctx, {})
  await resumeRestored(ctx)
  await holdUncovered(ctx)
  await wakeLanes(ctx, {})
  const { campaigns } = schema
  const sending = await ctx.db.acrossAdvisors.read
    .select({ advisorId: campaigns.advisorId, id: campaigns.id })
    .from(campaigns)
    .where(and(eq(campaigns.state, 'sending'), lt(campaigns.updatedAt, new Date(ctx.now().getTime() - SETTLED_MS))))
    .limit(BATCH)
  for (const { advisorId, id } of sending) await completeCampaign(ctx, advisorId, id)
}
