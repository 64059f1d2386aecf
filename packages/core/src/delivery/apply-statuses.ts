import { schema, statement } from '@pramaan/db'
import { and, asc, eq, sql } from 'drizzle-orm'
import { errorClassOf } from '../clients/whatsapp/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { bookCosts } from './book-costs.ts'
import { markRefused } from './mark-refused.ts'
import { messageRef } from './message-ref.ts'
import { repeatTomorrow } from './repeat-tomorrow.ts'
import { deliveryAfter } from './rules/ladder.ts'
import { refusalEffect, refusalReason } from './rules/refusals.ts'
import type { WhatsappChange, Who } from './rules/webhook-event.ts'
import type { DeliveryRow } from './views.ts'

export type StatusChange = Extract<WhatsappChange, { kind: 'status' }>

const { deliveries } = schema
const given = sql.placeholder
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

// In the order of the ids, so that two webhooks about the same deliveries wait for each other instead of deadlocking.
const lockDeliveries = statement((queries) =>
  queries
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        sql`(${deliveries.id} = any(${given('ids')}::uuid[]) or ${deliveries.providerMessageId} = any(${given('messageIds')}::text[]))`,
      ),
    )
    .orderBy(asc(deliveries.id))
    .for('update')
    .prepare('delivery_lock_for_statuses'),
)

const UPDATE = {
  name: 'delivery_apply_statuses',
  text: `update deliveries d set state = new.state, error_code = new.error_code, reason = new.reason,
      sent_at = new.sent_at, delivered_at = new.delivered_at, read_at = new.read_at, failed_at = new.failed_at,
      provider_message_id = new.provider_message_id, updated_at = $3
    from jsonb_to_recordset($2::jsonb) as new(id uuid, created_at timestamptz, state text, error_code integer,
      reason text, sent_at timestamptz, delivered_at timestamptz, read_at timestamptz, failed_at timestamptz,
      provider_message_id text)
    where d.advisor_id = $1 and d.id = new.id and d.created_at = new.created_at`,
}

interface Applied {
  audit: AuditEntry[]
  jobs: Job[]
  /** The campaigns of which something moved. */
  campaignIds: string[]
  /** Who turned out to have stopped our messages. */
  stopped: { recipientId: string; code: number; at: Date }[]
  /** By what WhatsApp names the persons who were written to. */
  met: { recipientId: string; who: Who }[]
}

/**
 * Applies the statuses of one webhook to the deliveries of one advisor, found by our id that came back or by the
 * vendor's. Every order and any repetition of the same statuses ends in the same rows. Messages that went to nobody of
 * this advisor are not touched.
 */
export async function applyStatuses(ctx: CommandCtx, advisorId: string, changes: StatusChange[]): Promise<Applied> {
  const ids = changes.flatMap(({ callbackData }) =>
    callbackData !== null && UUID.test(callbackData) ? [callbackData] : [],
  )
  const refs = new Map(changes.map(({ messageId }) => [messageId, messageRef(ctx.keys, messageId)]))
  const rows = await lockDeliveries(ctx.tx).execute({ advisorId, ids, messageIds: [...refs.values()] })
  const byId = new Map(rows.map((row) => [row.id, row]))
  const byMessage = new Map(rows.map((row) => [row.providerMessageId, row]))
  const now = new Map<string, DeliveryRow>()
  const matched: { row: DeliveryRow; change: StatusChange }[] = []
  for (const change of changes) {
    const row = byId.get(change.callbackData ?? '') ?? byMessage.get(refs.get(change.messageId) ?? '')
    if (!row) continue
    now.set(row.id, afterStatus(now.get(row.id) ?? row, change, refs.get(change.messageId) ?? null))
    matched.push({ row, change })
  }
  const changed = [...now.values()].filter((row) => JSON.stringify(row) !== JSON.stringify(byId.get(row.id)))
  if (changed.length > 0) {
    await ctx.tx.$client.query({
      ...UPDATE,
      values: [advisorId, JSON.stringify(changed.map(recordOf)), ctx.now()],
    })
  }
  const moved = changed.filter((row) => row.state !== byId.get(row.id)?.state)
  const refused = matched.flatMap(({ row, change: { errorCode: code, at } }) =>
    code === null
      ? []
      : { recipientId: row.recipientId, code, at, effect: refusalEffect(code, errorClassOf(code), false) },
  )
  const booked = await bookCosts(ctx, advisorId, matched)
  await markRefused(
    ctx,
    advisorId,
    refused.filter(({ effect }) => effect.marksPerson),
  )
  const repeated = await repeatTomorrow(ctx, advisorId, moved)
  return {
    audit: [
      ...entriesOf(advisorId, moved, byId),
      ...repeated.audit,
      // What moved has its entry; what did not may still have told a time or a price.
      ...(moved.length === 0 ? [...timesTold(advisorId, changed), ...booked] : []),
    ],
    jobs: repeated.jobs,
    campaignIds: [...new Set(moved.map((row) => row.campaignId))],
    stopped: refused.filter(({ effect }) => effect.optsOut),
    met: matched.map(({ row, change }) => ({ recipientId: row.recipientId, who: change.who })),
  }
}

/** One delivery after one status. Times are the first of their kind, whatever the order in which they were told. */
function afterStatus(row: DeliveryRow, change: StatusChange, ref: string | null): DeliveryRow {
  // What we gave up on was never refused by the vendor: any word of his is better than ours.
  const givenUp = row.state === 'failed' && row.errorCode === null && row.attempts > 0 && row.providerMessageId === null
  const state = deliveryAfter(givenUp ? 'unknown' : row.state, change.status) ?? row.state
  const next = { ...row, state, providerMessageId: row.providerMessageId ?? ref }
  const column = TIME_OF[change.status]
  const known = row[column]
  next[column] = known !== null && known < change.at && !givenUp ? known : change.at
  if (state !== row.state || givenUp) {
    const failed = state === 'failed'
    next.errorCode = failed ? change.errorCode : null
    next.reason = failed ? refusalReason(change.errorCode, classOf(change.errorCode)) : null
    if (givenUp && !failed) next.failedAt = null
  }
  return next
}

const TIME_OF = { sent: 'sentAt', delivered: 'deliveredAt', read: 'readAt', failed: 'failedAt' } as const

const classOf = (code: number | null) => (code === null ? null : errorClassOf(code))

const recordOf = (row: DeliveryRow) => ({
  id: row.id,
  created_at: row.createdAt,
  state: row.state,
  error_code: row.errorCode,
  reason: row.reason,
  sent_at: row.sentAt,
  delivered_at: row.deliveredAt,
  read_at: row.readAt,
  failed_at: row.failedAt,
  provider_message_id: row.providerMessageId,
})

/**
 * A failure has an entry of its own; good news stands in one entry for each campaign and webhook, with the messages that it
 * is about.
 */
function entriesOf(advisorId: string, moved: DeliveryRow[], before: Map<string, DeliveryRow>): AuditEntry[] {
  const failures = moved
    .filter((row) => row.state === 'failed')
    .map((row) => ({
      action: 'delivery.failed',
      objectType: 'delivery',
      objectId: row.id,
      advisorId,
      from: before.get(row.id)?.state ?? null,
      to: 'failed',
      ...(row.reason === null ? {} : { reason: row.reason }),
      detail: { campaignId: row.campaignId, errorCode: row.errorCode },
    }))
  const progress = [...Map.groupBy(moved, (row) => row.campaignId)].map(([campaignId, rows]) => ({
    action: 'campaign.progressed',
    objectType: 'campaign',
    objectId: campaignId,
    advisorId,
    detail: { now: countBy(rows), deliveries: idsBy(rows.filter((row) => row.state !== 'failed')) },
  }))
  return [...failures, ...progress]
}

/** Statuses that came late move nothing, but tell when something was sent or read. */
const timesTold = (advisorId: string, changed: DeliveryRow[]): AuditEntry[] =>
  [...Map.groupBy(changed, (row) => row.campaignId)].map(([campaignId, rows]) => ({
    action: 'campaign.times_told',
    objectType: 'campaign',
    objectId: campaignId,
    advisorId,
    detail: { deliveries: rows.length },
  }))

const countBy = (rows: DeliveryRow[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(rows, (row) => row.state)].map(([state, group]) => [state, group.length]))

const idsBy = (rows: DeliveryRow[]): Record<string, string[]> =>
  Object.fromEntries(
    [...Map.groupBy(rows, (row) => row.state)].map(([state, group]) => [state, group.map(({ id }) => id)]),
  )
