import { randomBytes } from 'node:crypto'
import { schema, type Tx } from '@pramaan/db'
import { and, eq, inArray } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { reconcileJob } from './jobs.ts'
import { CANCEL_REASONS } from './rules/may-send.ts'
import { recipientView } from './views.ts'

const { deliveries, recipients, replies } = schema

export interface ForgottenRecipient {
  phone: string | null
  name: string | null
  /** When a message last went to them; null when none ever did. */
  lastSentAt: Date | null
  /** Campaigns that may have ended with what was cancelled. */
  jobs: Job[]
}

/**
 * Takes phone, name and replies from a recipient for good, and cancels what is queued for them. The row stays with an id that
 * says nothing, so that campaigns and deliveries keep their counts; nothing finds it by phone any more.
 *
 * @returns who it was; `in_flight` while a message to them is with WhatsApp and its outcome open, with nothing changed;
 * null when there is nobody to forget
 */
export async function forgetRecipient(
  ctx: CommandCtx,
  { advisorId, recipientId }: { advisorId: string; recipientId: string },
): Promise<ForgottenRecipient | 'in_flight' | null> {
  const isRow = and(eq(recipients.advisorId, advisorId), eq(recipients.id, recipientId))
  const [row] = await ctx.tx.select().from(recipients).where(isRow).for('update')
  if (!row || row.state === 'erased') return null
  const sent = await deliveriesTo(ctx.tx, advisorId, recipientId)
  if (sent.some(({ state }) => state === 'claimed' || state === 'unknown')) return 'in_flight'
  const { phone, name } = await recipientView(ctx.keys, ctx.tx, row)
  const queued = sent.filter(({ state }) => state === 'queued').map(({ id }) => id)
  await Promise.all([
    ctx.tx
      .update(recipients)
      .set({
        ...{ phone: null, bsuid: null, bsuidHash: null, name: null, country: null, segments: [] },
        state: 'erased',
        phoneHash: randomBytes(32),
        updatedAt: ctx.now(),
      })
      .where(isRow),
    ctx.tx.delete(replies).where(and(eq(replies.advisorId, advisorId), eq(replies.recipientId, recipientId))),
    queued.length === 0
      ? null
      : ctx.tx
          .update(deliveries)
          .set({ state: 'cancelled', reason: CANCEL_REASONS.erased, updatedAt: ctx.now() })
          .where(
            and(eq(deliveries.advisorId, advisorId), inArray(deliveries.id, queued), eq(deliveries.state, 'queued')),
          ),
  ])
  const times = sent.flatMap(({ acceptedAt, sentAt }) => [acceptedAt, sentAt].filter((time) => time !== null))
  return {
    phone,
    name,
    lastSentAt: times.length === 0 ? null : new Date(Math.max(...times.map((time) => time.getTime()))),
    jobs: queued.map((id) => reconcileJob.with({ advisorId, deliveryId: id })),
  }
}

const deliveriesTo = (tx: Tx, advisorId: string, recipientId: string) =>
  tx
    .select({
      id: deliveries.id,
      state: deliveries.state,
      acceptedAt: deliveries.acceptedAt,
      sentAt: deliveries.sentAt,
    })
    .from(deliveries)
    .where(and(eq(deliveries.advisorId, advisorId), eq(deliveries.recipientId, recipientId)))
    .for('update')
