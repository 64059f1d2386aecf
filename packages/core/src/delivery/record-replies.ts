import { schema } from '@pramaan/db'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { noticeJob } from '../identity/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { messageRef } from './message-ref.ts'
import type { WhatsappChange } from './rules/webhook-event.ts'

export type MessageChange = Extract<WhatsappChange, { kind: 'message' }>

const { deliveries, recipients, replies } = schema

/** These say nothing by themselves and open no conversation, as far as anybody tested (whatsapp.md section 4). */
const WORDLESS = new Set(['reaction', 'unsupported', 'system'])

/**
 * Stores what people wrote, encrypted and once for each message, opens their conversations for a day, and tells the
 * firm. A wish to stop is kept like any other message, and needs nobody's answer.
 */
export async function recordReplies(
  ctx: CommandCtx,
  advisorId: string,
  written: { recipientId: string; change: MessageChange }[],
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const meant = written.filter(({ change }) => !WORDLESS.has(change.type))
  if (meant.length === 0) return { audit: [], jobs: [] }
  const answered = await deliveriesAnswered(ctx, advisorId, meant)
  const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
  const rows = meant.map(({ recipientId, change }) => {
    const id = ctx.newId()
    const { text } = change
    const body = text === null ? null : ctx.keys.seal(key, { table: 'replies', column: 'body', rowId: id }, text)
    return {
      advisorId,
      id,
      recipientId,
      messageId: messageRef(ctx.keys, change.messageId),
      kind: change.type,
      body,
      mediaId: change.mediaId,
      deliveryId: change.repliesTo === null ? null : (answered.get(messageRef(ctx.keys, change.repliesTo)) ?? null),
      receivedAt: change.at,
      createdAt: ctx.now(),
    }
  })
  const kept = await ctx.tx.insert(replies).values(rows).onConflictDoNothing().returning()
  for (const { recipientId, receivedAt } of kept) {
    await ctx.tx
      .update(recipients)
      .set({ lastInboundAt: sql`greatest(${recipients.lastInboundAt}, ${receivedAt.toISOString()}::timestamptz)` })
      .where(and(eq(recipients.advisorId, advisorId), eq(recipients.id, recipientId)))
  }
  const isStop = new Set(
    meant.filter(({ change }) => change.isStop).map(({ change }) => messageRef(ctx.keys, change.messageId)),
  )
  const forPeople = kept.filter((row) => !isStop.has(row.messageId))
  return {
    audit: kept.map((row) => ({
      action: 'reply.received',
      objectType: 'recipient',
      objectId: row.recipientId,
      advisorId,
      detail: { replyId: row.id, kind: row.kind, deliveryId: row.deliveryId },
    })),
    jobs: forPeople.map((row) =>
      noticeJob.with({ kind: 'notice', noticeId: row.id, topic: 'reply_received', advisorId, objectId: row.id }),
    ),
  }
}

async function deliveriesAnswered(
  ctx: CommandCtx,
  advisorId: string,
  written: { change: MessageChange }[],
): Promise<Map<string, string>> {
  const ids = written.flatMap(({ change }) =>
    change.repliesTo === null ? [] : [messageRef(ctx.keys, change.repliesTo)],
  )
  if (ids.length === 0) return new Map()
  const rows = await ctx.tx
    .select({ id: deliveries.id, messageId: deliveries.providerMessageId })
    .from(deliveries)
    .where(and(eq(deliveries.advisorId, advisorId), inArray(deliveries.providerMessageId, ids)))
  return new Map(rows.map((row) => [row.messageId ?? '', row.id]))
}
