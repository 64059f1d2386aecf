import { schema, statement } from '@pramaan/db'
import { and, asc, eq, sql } from 'drizzle-orm'
import { moveContent } from '../content/index.ts'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { campaignTrail } from './campaign-trail.ts'
import { completeCampaign } from './complete-campaign.ts'
import { holdCampaign } from './hold-campaigns.ts'
import { dispatchJob, sendJob } from './jobs.ts'
import { moveCampaign } from './move-campaign.ts'
import { findCampaign, findConnection, readRecipients } from './queries.ts'
import { readReadiness } from './read-readiness.ts'
import { refreshTemplate } from './refresh-template.ts'
import { deliveryId } from './rules/delivery-id.ts'
import { CANCEL_REASONS, holdReason, recipientRefusal } from './rules/may-send.ts'
import type { CampaignRow } from './views.ts'

const { deliveries } = schema

const dispatch = command({
  name: 'campaign.dispatch',
  input: dispatchJob.payload,
  async run(ctx, { advisorId, campaignId }) {
    const campaign = await findCampaign(ctx.tx, advisorId, campaignId)
    if (campaign?.state !== 'scheduled') return { output: null, unchanged: true }
    const [readiness, connection] = await Promise.all([
      readReadiness(ctx, advisorId, campaign.approvalId),
      findConnection(ctx.tx, advisorId),
    ])
    const { proof } = readiness
    const reason = holdReason({
      ...readiness,
      connectionState: connection?.state ?? null,
      templateStatus: connection?.templateStatus ?? null,
    })
    if (reason !== null || !proof) {
      const [first, ...rest] = await holdCampaign(ctx, { advisorId, campaignId, reason: reason ?? '' })
      return first ? { output: null, audit: [first, ...rest] } : { output: null, unchanged: true }
    }
    const row = await moveCampaign(ctx, { advisorId, campaignId, event: 'dispatch' })
    if (!row) return { output: null, unchanged: true }
    const { versionId, versionHash } = proof.statement
    const content = await moveContent(ctx, { advisorId, contentId: row.contentId, versionId, event: 'publish' })
    const { queued, excluded } = await makeDeliveries(ctx, row)
    const audit: [AuditEntry, ...AuditEntry[]] = campaignTrail(
      row,
      {
        action: 'campaign.dispatched',
        from: 'scheduled',
        to: 'sending',
        versionHash,
        detail: { queued: queued.length, excluded },
      },
      content,
    )
    const jobs = queued.map((id) => sendJob.with({ advisorId, deliveryId: id }, { groupId: advisorId }))
    return { output: null, audit, jobs }
  },
})

const queuedOfCampaign = statement((queries) =>
  queries
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.advisorId, sql.placeholder('advisorId')),
        eq(deliveries.campaignId, sql.placeholder('campaignId')),
        eq(deliveries.state, 'queued'),
      ),
    )
    .orderBy(asc(deliveries.id))
    .prepare('delivery_queued_of_campaign'),
)

/** One row for each recipient, in one statement; those of an earlier dispatch stay as they are. */
async function makeDeliveries(ctx: CommandCtx, campaign: CampaignRow): Promise<{ queued: string[]; excluded: number }> {
  const { advisorId, id: campaignId, createdAt } = campaign
  const known = await readRecipients(ctx.tx, advisorId, campaign.recipientIds)
  const byId = new Map(known.map((recipient) => [recipient.id, recipient]))
  const rows = campaign.recipientIds.map((recipientId) => {
    const recipient = byId.get(recipientId)
    const reason = recipient
      ? recipientRefusal({ recipientState: recipient.state, consented: recipient.consented })
      : CANCEL_REASONS.unknownRecipient
    return {
      advisorId,
      id: deliveryId(campaignId, recipientId),
      campaignId,
      recipientId,
      state: reason === null ? ('queued' as const) : ('cancelled' as const),
      reason,
      createdAt,
      updatedAt: ctx.now(),
    }
  })
  await ctx.tx.insert(deliveries).values(rows).onConflictDoNothing()
  const queued = await queuedOfCampaign(ctx.tx).execute({ advisorId, campaignId })
  return { queued: queued.map((row) => row.id), excluded: rows.filter((row) => row.reason !== null).length }
}

/**
 * Job `delivery.dispatch`: turns a campaign into one delivery for each recipient and a sending job for each of those
 * who may be written to; the others stand there with the reason. Content becomes published with it. A second run finds
 * the campaign sending and changes nothing. What is missing (approval, licence, number, template) holds the campaign.
 */
export async function dispatchCampaign(ctx: Ctx, payload: unknown): Promise<void> {
  const input = dispatchJob.payload.parse(payload)
  await refreshTemplate(ctx, input.advisorId)
  await dispatch(ctx, input)
  await completeCampaign(ctx, input.advisorId, input.campaignId)
}
