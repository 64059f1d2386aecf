import { schema } from '@pramaan/db'
import { and, eq, inArray } from 'drizzle-orm'
import { errorClassOf } from '../clients/whatsapp/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { sendJob } from './jobs.ts'
import { moveCampaign } from './move-campaign.ts'
import { deliveryId } from './rules/delivery-id.ts'
import { refusalEffect, TOMORROW_MS } from './rules/refusals.ts'
import type { DeliveryRow } from './views.ts'

const { deliveries } = schema

/** The one repetition of a delivery is a delivery of its own, so that the first one keeps its end. */
const repetitionOf = (row: DeliveryRow) => deliveryId(row.campaignId, `${row.recipientId}\nonce more`)

const isLimited = ({ state, errorCode }: DeliveryRow) =>
  state === 'failed' &&
  errorCode !== null &&
  refusalEffect(errorCode, errorClassOf(errorCode), false).delivery === 'once_tomorrow'

/**
 * Queues those that met a person's limit of the day once more, a day later, when all is checked anew; a campaign that
 * had ended goes on for them. One that arrived after all, on another device, is not repeated.
 */
export async function repeatTomorrow(
  ctx: CommandCtx,
  advisorId: string,
  moved: DeliveryRow[],
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const arrived = moved.filter((row) => row.state === 'delivered' || row.state === 'read').map(repetitionOf)
  if (arrived.length > 0) {
    const waiting = and(inArray(deliveries.id, arrived), eq(deliveries.state, 'queued'))
    await ctx.tx.delete(deliveries).where(and(eq(deliveries.advisorId, advisorId), waiting))
  }
  const limited = moved.filter((row) => isLimited(row) && row.retryOf === null)
  if (limited.length === 0) return { audit: [], jobs: [] }
  const rows = limited.map((row) => ({
    advisorId,
    id: repetitionOf(row),
    campaignId: row.campaignId,
    recipientId: row.recipientId,
    state: 'queued' as const,
    reason: 'WhatsApp limits how many marketing messages this person gets. This is the one repetition, a day later.',
    dueAt: new Date((row.failedAt ?? ctx.now()).getTime() + TOMORROW_MS),
    retryOf: row.id,
    createdAt: row.createdAt,
    updatedAt: ctx.now(),
  }))
  await ctx.tx.insert(deliveries).values(rows).onConflictDoNothing()
  for (const campaignId of new Set(limited.map((row) => row.campaignId))) {
    await moveCampaign(ctx, { advisorId, campaignId, event: 'reopen' })
  }
  const audit = rows.map((row) => ({
    action: 'delivery.repeated',
    objectType: 'delivery',
    objectId: row.id,
    advisorId,
    to: 'queued',
    reason: row.reason,
    detail: { retryOf: row.retryOf, dueAt: row.dueAt.toISOString() },
  }))
  const jobs = rows.map((row) => sendJob.with({ advisorId }, { startAfter: row.dueAt, groupId: advisorId }))
  return { audit, jobs }
}
