import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import type { CommandCtx, Ctx } from './context.ts'
import type { Job } from './queue.ts'

type Event = typeof schema.webhookEvents.$inferSelect

/** One statement is a transaction and a round trip by itself: an event that is here already adds neither row. */
const RECEIVE = {
  name: 'inbox_receive',
  text: `with event as (
      insert into webhook_events (id, source, external_id, body, received_at)
      values ($1, $2, $3, $4, $5)
      on conflict (source, external_id) do nothing
      returning id
    )
    insert into outbox (queue, payload) select $6, $7::jsonb from event`,
}

/**
 * Takes a vendor's event into the inbox, once for its external id, together with the job that decides what it means.
 * An event that came before changes nothing, as vendors repeat themselves.
 *
 * @param event.job makes the job from the id that the event gets here
 */
export async function receiveEvent(
  ctx: Ctx,
  event: { source: Event['source']; externalId: string; rawBody: string | Buffer; job: (eventId: string) => Job },
): Promise<void> {
  const eventId = ctx.newId()
  const job = event.job(eventId)
  const payload = JSON.stringify({ data: job.payload, requestId: ctx.requestId })
  await ctx.db.pool.query({
    ...RECEIVE,
    values: [
      eventId,
      event.source,
      event.externalId,
      ctx.keys.sealBriefly(bodyOf(eventId), event.rawBody),
      ctx.now(),
      job.queue,
      payload,
    ],
  })
  ctx.wakeRelay()
}

/** What vendors send names people, so it is kept sealed. */
const bodyOf = (eventId: string) => ({ table: 'webhook_events', column: 'body', rowId: eventId })

/** An event of the inbox that nobody has settled yet, locked until the transaction ends; else null. */
export async function takeEvent(
  ctx: CommandCtx,
  eventId: string,
): Promise<{ rawBody: string; receivedAt: Date } | null> {
  const { webhookEvents } = schema
  const [event] = await ctx.tx.select().from(webhookEvents).where(eq(webhookEvents.id, eventId)).for('update')
  if (event?.state !== 'received') return null
  return { rawBody: ctx.keys.openBriefly(bodyOf(eventId), event.body), receivedAt: event.receivedAt }
}

/** Says what became of an event: applied, or parked because it is about nothing of ours. */
export async function settleEvent(ctx: CommandCtx, eventId: string, state: 'applied' | 'parked'): Promise<void> {
  const { webhookEvents } = schema
  await ctx.tx.update(webhookEvents).set({ state, settledAt: ctx.now() }).where(eq(webhookEvents.id, eventId))
}
