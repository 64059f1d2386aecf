import { schema, statement } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import type { CommandCtx, Ctx } from './context.ts'
import type { QueueName } from './queue.ts'

type Event = typeof schema.webhookEvents.$inferSelect

/** One statement, so the event and its job are committed together, or neither when the event is already there. */
const insertEvent = statement((queries) => {
  const stored = queries.$with('stored').as(
    queries
      .insert(schema.webhookEvents)
      .values({
        id: sql.placeholder('id'),
        source: sql.placeholder('source'),
        externalId: sql.placeholder('externalId'),
        body: sql.placeholder('body'),
        receivedAt: sql`${sql.placeholder('receivedAt')}::timestamptz`,
      })
      .onConflictDoNothing()
      .returning({ id: schema.webhookEvents.id }),
  )
  return queries
    .with(stored)
    .insert(schema.outbox)
    .select(
      sql`select nextval(pg_get_serial_sequence('outbox', 'id')), ${sql.placeholder('queue')}::text, ${sql.placeholder('payload')}::jsonb, null::timestamptz, null::text, now() from stored`,
    )
    .prepare('inbox_insert')
})

/**
 * Takes a vendor's event into the inbox, once for its id, and queues the job that decides what it means. The payload of
 * the job is `{ eventId }`. An event that came before changes nothing: vendors repeat themselves.
 */
export async function receiveEvent(
  ctx: Ctx,
  event: { source: Event['source']; externalId: string; rawBody: string; queue: QueueName },
): Promise<void> {
  const id = ctx.newId()
  await insertEvent(ctx.db.read).execute({
    id,
    source: event.source,
    externalId: event.externalId,
    body: Buffer.from(event.rawBody),
    receivedAt: ctx.now().toISOString(),
    queue: event.queue,
    payload: { data: { eventId: id, version: 1 }, requestId: ctx.requestId },
  })
  ctx.wakeRelay()
}

/** An event of the inbox that nobody has settled yet, locked until the transaction ends; else null. */
export async function takeEvent(
  ctx: CommandCtx,
  eventId: string,
): Promise<{ source: Event['source']; body: unknown } | null> {
  const { webhookEvents } = schema
  const [event] = await ctx.tx.select().from(webhookEvents).where(eq(webhookEvents.id, eventId)).for('update')
  if (event?.state !== 'received') return null
  return { source: event.source, body: JSON.parse(event.body.toString('utf8')) }
}

/** Says what became of an event: applied, or parked because it is about nothing of ours. */
export async function settleEvent(ctx: CommandCtx, eventId: string, state: 'applied' | 'parked'): Promise<void> {
  const { webhookEvents } = schema
  await ctx.tx.update(webhookEvents).set({ state, settledAt: ctx.now() }).where(eq(webhookEvents.id, eventId))
}
