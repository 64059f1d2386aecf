import { schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import { type AuditEntry, actorIdOf, type CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { reconcileJob } from './jobs.ts'
import { CANCEL_REASONS } from './rules/may-send.ts'
import type { RecipientRow } from './views.ts'

const { consents, deliveries, recipients } = schema
const given = sql.placeholder

/** The source of a grant with which a person came back by himself, in WhatsApp; only that lifts an opt-out. */
const RESUMED = 'whatsapp: resumed'

export interface Preference {
  advisorId: string
  recipientId: string
  wants: 'stop' | 'resume'
  source: string
  wording: string
  at: Date
}

const lockRecipient = statement((queries) =>
  queries
    .select()
    .from(recipients)
    .where(and(eq(recipients.advisorId, given('advisorId')), eq(recipients.id, given('recipientId'))))
    .for('update')
    .prepare('delivery_lock_recipient'),
)

/** What a person asked for last, by the times of the asking; at the same time a stop counts. */
const standing = statement((queries) =>
  queries
    .select({
      stoppedAt: sql<Date | null>`max(${consents.occurredAt}) filter (where ${consents.action} = 'withdrawn')`.mapWith(
        consents.occurredAt,
      ),
      resumedAt:
        sql<Date | null>`max(${consents.occurredAt}) filter (where ${consents.action} = 'granted' and ${consents.source} = ${RESUMED})`.mapWith(
          consents.occurredAt,
        ),
      known: sql<boolean>`coalesce(bool_or(${consents.action} = ${given('action')} and ${consents.source} = ${given('source')} and ${consents.occurredAt} = ${given('at')}::timestamptz), false)`,
    })
    .from(consents)
    .where(and(eq(consents.advisorId, given('advisorId')), eq(consents.recipientId, given('recipientId'))))
    .prepare('delivery_consent_standing'),
)

/**
 * Writes a stop or a resume into the consent ledger and makes the recipient's state follow. A stop also cancels what
 * is queued for the person. The ledger decides by the time of the asking, so a late or repeated webhook changes nothing.
 *
 * @returns null when the recipient is not the advisor's, or when this very wish was recorded before
 */
export async function recordPreference(
  ctx: CommandCtx,
  preference: Preference,
): Promise<{ row: RecipientRow; audit: AuditEntry; jobs: Job[] } | null> {
  const { advisorId, recipientId, wants } = preference
  const [row] = await lockRecipient(ctx.tx).execute({ advisorId, recipientId })
  if (!row) return null
  const action = wants === 'stop' ? 'withdrawn' : 'granted'
  const source = wants === 'stop' ? preference.source : RESUMED
  const [before] = await standing(ctx.tx).execute({
    advisorId,
    recipientId,
    action,
    source,
    at: preference.at.toISOString(),
  })
  if (!before || before.known) return null
  const { stoppedAt, resumedAt } = before
  const stop = wants === 'stop' ? later(stoppedAt, preference.at) : stoppedAt
  const resume = wants === 'resume' ? later(resumedAt, preference.at) : resumedAt
  const state = stop !== null && (resume === null || resume <= stop) ? 'opted_out' : 'active'
  const [, [changed], cancelled] = await Promise.all([
    ctx.tx.insert(consents).values({
      advisorId,
      id: ctx.newId(),
      recipientId,
      action,
      purpose: 'marketing',
      source,
      wording: preference.wording,
      occurredAt: preference.at,
      recordedBy: actorIdOf(ctx.actor),
      createdAt: ctx.now(),
    }),
    ctx.tx
      .update(recipients)
      .set({ state, updatedAt: ctx.now() })
      .where(and(eq(recipients.advisorId, advisorId), eq(recipients.id, recipientId)))
      .returning(),
    state === 'opted_out' ? cancelQueued(ctx, advisorId, recipientId) : [],
  ])
  if (!changed) throw new Error('a locked recipient has vanished')
  return {
    row: changed,
    // A campaign may have ended with the cancelled delivery: the job looks.
    jobs: cancelled.map((id) => reconcileJob.with({ advisorId, deliveryId: id })),
    audit: {
      action: wants === 'stop' ? 'recipient.opted_out' : 'recipient.resumed',
      objectType: 'recipient',
      objectId: recipientId,
      advisorId,
      from: row.state,
      to: state,
      reason: preference.source,
      detail: { at: preference.at.toISOString(), cancelledDeliveries: cancelled.length },
    },
  }
}

const later = (one: Date | null, other: Date) => (one !== null && one > other ? one : other)

const cancelDeliveries = statement((queries) =>
  queries
    .update(deliveries)
    .set({ state: 'cancelled', reason: CANCEL_REASONS.optedOut, updatedAt: sql`${given('now')}::timestamptz` })
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        eq(deliveries.recipientId, given('recipientId')),
        eq(deliveries.state, 'queued'),
      ),
    )
    .returning({ id: deliveries.id })
    .prepare('delivery_cancel_queued_of_recipient'),
)

/** @returns the ids of what was cancelled */
async function cancelQueued(ctx: CommandCtx, advisorId: string, recipientId: string): Promise<string[]> {
  const rows = await cancelDeliveries(ctx.tx).execute({ advisorId, recipientId, now: ctx.now().toISOString() })
  return rows.map((row) => row.id)
}
