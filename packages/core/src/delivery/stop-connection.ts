import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { noticeJob } from '../identity/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { holdSending } from './hold-campaigns.ts'
import type { ConnectionStep } from './rules/connection-steps.ts'
import { HOLD_REASONS } from './rules/may-send.ts'

/**
 * Marks the advisor's connected number as failed, so that nothing goes out through it, holds what is being sent, and tells
 * the owners. With `again` the token is dead and connecting starts from a new sign-up code; otherwise it starts with a
 * look at the number.
 */
export async function stopConnection(
  ctx: CommandCtx,
  stop: { advisorId: string; failure: string; again: boolean },
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const { whatsappConnections } = schema
  const step: ConnectionStep = stop.again ? 'exchange_code' : 'read_number'
  const rows = await ctx.tx
    .update(whatsappConnections)
    .set({ state: 'failed', step, failure: stop.failure, updatedAt: ctx.now() })
    .where(and(eq(whatsappConnections.advisorId, stop.advisorId), eq(whatsappConnections.state, 'connected')))
    .returning({ id: whatsappConnections.id })
  const jobs = rows.map(({ id }) =>
    noticeJob.with({
      kind: 'notice',
      noticeId: ctx.newId(),
      topic: 'whatsapp_stopped',
      advisorId: stop.advisorId,
      objectId: id,
    }),
  )
  const audit = rows.map(({ id }) => ({
    action: 'whatsapp.connection_stopped',
    objectType: 'whatsapp_connection',
    objectId: id,
    advisorId: stop.advisorId,
    from: 'connected',
    to: 'failed',
    reason: stop.failure,
  }))
  return { audit: [...audit, ...(await holdSending(ctx, stop.advisorId, HOLD_REASONS.connection))], jobs }
}
