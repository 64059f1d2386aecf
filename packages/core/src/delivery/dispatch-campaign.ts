import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { moveContent } from '../content/index.ts'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { campaignTrail } from './campaign-trail.ts'
import { completeCampaign } from './complete-campaign.ts'
import { countPeople } from './count-people.ts'
import { holdCampaign } from './hold-campaigns.ts'
import { dispatchJob, sendJob } from './jobs.ts'
import { moveCampaign } from './move-campaign.ts'
import { countDeliveries, findCampaign, findConnection, readRecipients, readSegment } from './queries.ts'
import { readWhatIsSent, refusalOf } from './read-readiness.ts'
import { refreshTemplate } from './refresh-template.ts'
import { deliveryId } from './rules/delivery-id.ts'
import { CANCEL_REASONS, HOLD_REASONS, holdReason, recipientRefusal } from './rules/may-send.ts'
import type { CampaignRow } from './views.ts'

const dispatch = command({
  name: 'campaign.dispatch',
  input: dispatchJob.payload,
  async run(ctx, { advisorId, campaignId }) {
    const campaign = await findCampaign(ctx.tx, advisorId, campaignId)
    if (campaign?.state !== 'scheduled') return { output: null, unchanged: true }
    const connection = await findConnection(ctx.tx, advisorId)
    const { proof, refusal, carrier, template, ...ready } = await readWhatIsSent(ctx, {
      advisorId,
      campaign,
      connection,
    })
    const reason = holdReason({
      ...ready,
      connectionState: connection?.state ?? null,
      templateStatus: carrier.templateStatus,
      parametersFit: template !== null,
    })
    if (reason !== null || !proof) {
      const held = await holdCampaign(ctx, { advisorId, campaignId, reason: reason ?? '' })
      const [first, ...rest] = [...refusalOf(reason ?? '', { advisorId, campaignId, refusal }), ...held]
      return first ? { output: null, audit: [first, ...rest] } : { output: null, unchanged: true }
    }
    const row = await moveCampaign(ctx, { advisorId, campaignId, event: 'dispatch' })
    if (!row) return { output: null, unchanged: true }
    const { versionId, versionHash } = proof.statement
    const content = await moveContent(ctx, { advisorId, contentId: row.contentId, versionId, event: 'publish' })
    const counts = await makeDeliveries(ctx, row)
    const audit: [AuditEntry, ...AuditEntry[]] = campaignTrail(
      row,
      {
        action: 'campaign.dispatched',
        from: 'scheduled',
        to: 'sending',
        versionHash,
        detail: { queued: counts.queued ?? 0, excluded: counts.cancelled ?? 0 },
      },
      content,
    )
    return { output: null, audit, jobs: [sendJob.with({ advisorId }, { groupId: advisorId })] }
  },
})

const holdForPlan = command({
  name: 'campaign.dispatch',
  input: dispatchJob.payload,
  async run(ctx, ids) {
    const [first, ...rest] = await holdCampaign(ctx, { ...ids, reason: HOLD_REASONS.plan })
    return first ? { output: null, audit: [first, ...rest] } : { output: null, unchanged: true }
  },
})

const MAKE = {
  name: 'delivery_make',
  text: `insert into deliveries (advisor_id, id, campaign_id, recipient_id, state, reason, due_at, created_at, updated_at)
    select $1, t.id, $2, t.recipient_id, t.state, t.reason, $3, $4, $3
    from unnest($5::uuid[], $6::uuid[], $7::text[], $8::text[]) as t(id, recipient_id, state, reason)`,
}

/** Rows that one statement makes. */
const BATCH = 10_000

/** One row for each recipient, once: a campaign that was held goes on with the rows that it has. */
async function makeDeliveries(ctx: CommandCtx, campaign: CampaignRow) {
  const { advisorId, id: campaignId, createdAt, segment, recipientIds } = campaign
  const made = await countDeliveries(ctx.tx, advisorId, campaignId)
  if (Object.keys(made).length > 0) return made
  const known =
    segment === null
      ? await readRecipients(ctx.tx, advisorId, recipientIds)
      : await readSegment(ctx.tx, advisorId, segment)
  const byId = new Map(known.map((recipient) => [recipient.id, recipient]))
  const rows = (segment === null ? recipientIds : [...byId.keys()]).map((recipientId) => {
    const recipient = byId.get(recipientId)
    const reason = recipient
      ? recipientRefusal({ recipientState: recipient.state, consented: recipient.consented })
      : CANCEL_REASONS.unknownRecipient
    return {
      id: deliveryId(campaignId, recipientId),
      recipientId,
      state: reason === null ? 'queued' : 'cancelled',
      reason,
    }
  })
  const queued = rows.filter((row) => row.state === 'queued').map((row) => row.recipientId)
  await countPeople(ctx, advisorId, queued)
  for (let start = 0; start < rows.length; start += BATCH) {
    const some = rows.slice(start, start + BATCH)
    const column = <Key extends keyof (typeof rows)[number]>(key: Key) => some.map((row) => row[key])
    const columns = [column('id'), column('recipientId'), column('state'), column('reason')]
    await ctx.tx.$client.query({ ...MAKE, values: [advisorId, campaignId, ctx.now(), createdAt, ...columns] })
  }
  const { campaigns } = schema
  await ctx.tx
    .update(campaigns)
    .set({ recipientCount: rows.length })
    .where(and(eq(campaigns.advisorId, advisorId), eq(campaigns.id, campaignId)))
  return { queued: queued.length, cancelled: rows.length - queued.length }
}

/**
 * Job `delivery.dispatch`: turns a campaign into one delivery for each recipient and asks for the first turn of sending;
 * who may not be written to stands there with the reason. Content becomes published with it. A second run finds
 * the campaign sending and changes nothing. What is missing (approval, licence, number, template, room in the plan) holds
 * the campaign.
 */
export async function dispatchCampaign(ctx: Ctx, payload: unknown): Promise<void> {
  const input = dispatchJob.payload.parse(payload)
  await refreshTemplate(ctx, input.advisorId)
  await dispatch(ctx, input).catch((error: unknown) => {
    // Nothing of that dispatch stands; the campaign waits as a whole rather than going to some of its people.
    if (error instanceof AppError && error.code === 'plan_limit_reached') return holdForPlan(ctx, input)
    throw error
  })
  await completeCampaign(ctx, input.advisorId, input.campaignId)
}
