import { schema } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import type { CommandCtx, Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { pumpJob } from './jobs.ts'
import { queueEvents } from './queue-events.ts'

const { eventPump, webhookEndpoints } = schema

/** How long it takes until the log is looked at again, as long as anybody wants events. */
const PAUSE_MS = 5_000
/** A job may come a little before its time, by the clock of another machine. */
const EARLY_MS = 1_000
const ONE = 1

const pump = command({
  name: 'event.pump',
  input: pumpJob.payload,
  async run(ctx) {
    const final = await takeFinal(ctx)
    if (!final) return { output: null, unchanged: true }
    const { after, through } = final
    const endpoints = await ctx.tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.state, 'active'))
    if (endpoints.length === 0) return { output: null, unchanged: true }
    const events = through > after ? await queueEvents(ctx, endpoints, { after, through }) : []
    const wakeAt = new Date(ctx.now().getTime() + PAUSE_MS)
    await ctx.tx.update(eventPump).set({ wakeAt }).where(eq(eventPump.id, ONE))
    const next = pumpJob.with({}, { startAfter: wakeAt })
    return { output: null, unchanged: true, jobs: [...events, next] }
  },
})

/**
 * The entries that can be read now without missing one: those that were there at the last look, once every transaction
 * of that time is over. An entry gets its number before its commit, so the newest ones may still have gaps.
 *
 * @returns null when another job comes soon
 */
async function takeFinal(ctx: CommandCtx): Promise<{ after: bigint; through: bigint } | null> {
  const { rows } = await ctx.tx.execute<{ newest: string; xmin: string; xmax: string }>(sql`
    select coalesce(pg_sequence_last_value(pg_get_serial_sequence('audit_entries', 'id')::regclass), 0)::text as newest,
      pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_snapshot_xmax(pg_current_snapshot())::text as xmax`)
  const [now] = rows
  if (!now) throw new Error('a select without a table returned nothing')
  const newest = BigInt(now.newest)
  const first = { id: ONE, doneThrough: newest, seenThrough: newest, seenXmax: now.xmax }
  await ctx.tx.insert(eventPump).values(first).onConflictDoNothing()
  const [row] = await ctx.tx.select().from(eventPump).where(eq(eventPump.id, ONE)).for('update')
  if (!row) throw new Error('the row of the pump has vanished')
  if (row.wakeAt !== null && row.wakeAt.getTime() - EARLY_MS > ctx.now().getTime()) return null
  const isFinal = BigInt(now.xmin) >= BigInt(row.seenXmax)
  if (!isFinal) return { after: row.doneThrough, through: row.doneThrough }
  const moved = { doneThrough: row.seenThrough, seenThrough: newest, seenXmax: now.xmax }
  await ctx.tx.update(eventPump).set(moved).where(eq(eventPump.id, ONE))
  return { after: row.doneThrough, through: row.seenThrough }
}

/** Job `delivery.pump-events`: turns new entries of the audit log into messages for whoever wants to hear of them. */
export async function pumpEvents(ctx: Ctx, payload: unknown): Promise<void> {
  await pump(ctx, pumpJob.payload.parse(payload))
}
