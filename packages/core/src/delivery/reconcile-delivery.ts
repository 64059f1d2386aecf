import { schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { completeCampaign } from './complete-campaign.ts'
import { reconcileJob } from './jobs.ts'
import { UNKNOWN_MS } from './record-outcome.ts'
import { DELIVERY_STEPS } from './rules/ladder.ts'
import type { DeliveryRow } from './views.ts'

const { deliveries } = schema
const given = sql.placeholder

const expire = statement((queries) =>
  queries
    .update(deliveries)
    .set({
      state: sql`${given('to')}`,
      reason: sql`${given('reason')}`,
      claimedUntil: sql`${given('until')}::timestamptz`,
      failedAt: sql`${given('failedAt')}::timestamptz`,
      updatedAt: sql`${given('now')}::timestamptz`,
    })
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        eq(deliveries.id, given('id')),
        eq(deliveries.state, given('from')),
        sql`${deliveries.claimedUntil} <= ${given('now')}::timestamptz`,
      ),
    )
    .returning({ id: deliveries.id })
    .prepare('delivery_expire'),
)

/** What becomes of a delivery whose time ran out. Marketing messages are never sent twice, so doubt ends as a failure. */
const EXPIRY = {
  claimed: {
    to: DELIVERY_STEPS.claimed.lose,
    action: 'delivery.lost',
    reason: 'The sending was interrupted; the message may have been sent. It is not sent again.',
    waits: true,
  },
  unknown: {
    to: DELIVERY_STEPS.unknown.give_up,
    action: 'delivery.given_up',
    reason: 'Outcome unknown, not sent again: WhatsApp did not say what became of the message.',
    waits: false,
  },
} as const

const reconcile = command({
  name: 'delivery.reconcile',
  input: reconcileJob.payload,
  async run(ctx, { advisorId, deliveryId }) {
    const [row] = await ctx.tx
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.advisorId, advisorId), eq(deliveries.id, deliveryId)))
    const campaignId = row?.campaignId ?? null
    const expiry = row && expiryOf(row, ctx.now())
    if (!expiry) return { output: { campaignId }, unchanged: true }
    const now = ctx.now().toISOString()
    const until = expiry.waits ? new Date(ctx.now().getTime() + UNKNOWN_MS) : null
    const [expired] = await expire(ctx.tx).execute({
      advisorId,
      id: deliveryId,
      from: row.state,
      to: expiry.to,
      reason: expiry.reason,
      until: until?.toISOString() ?? null,
      failedAt: expiry.waits ? null : now,
      now,
    })
    if (!expired) return { output: { campaignId }, unchanged: true }
    return {
      output: { campaignId },
      audit: {
        action: expiry.action,
        objectType: 'delivery',
        objectId: deliveryId,
        advisorId,
        from: row.state,
        to: expiry.to ?? null,
        reason: expiry.reason,
        detail: { campaignId },
      },
      jobs: until ? [reconcileJob.with({ advisorId, deliveryId }, { startAfter: until, groupId: advisorId })] : [],
    }
  },
})

function expiryOf(row: DeliveryRow, now: Date) {
  if (row.claimedUntil === null || row.claimedUntil > now) return null
  return row.state === 'claimed' || row.state === 'unknown' ? EXPIRY[row.state] : null
}

/**
 * Job `delivery.reconcile`: a claim that expired becomes `unknown` and waits for a status webhook; what is still unknown
 * at the end of that wait has failed. Also looks whether the campaign has ended with it. Never sends.
 */
export async function reconcileDelivery(ctx: Ctx, payload: unknown): Promise<void> {
  const input = reconcileJob.payload.parse(payload)
  const { campaignId } = await reconcile(ctx, input)
  if (campaignId !== null) await completeCampaign(ctx, input.advisorId, campaignId)
}
