import { schema } from '@pramaan/db'
import { type LedgerPage, PageInput, type ParkedEventPage } from '@pramaan/shared'
import { and, asc, desc, eq, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { command, query } from '../platform/use-case.ts'
import { applyEventJob } from './jobs.ts'

const { ledgerEntries, webhookEvents } = schema

/** The ledger of one firm, by source and account. */
export const listLedger = query({
  name: 'billing.list_ledger',
  input: PageInput.extend({ advisorId: z.uuid() }),
  async run(ctx, { advisorId, limit, cursor }): Promise<z.infer<typeof LedgerPage>> {
    const list = `billing.ledger:${advisorId}`
    const after = cursor === undefined ? '' : decodeCursor(ctx.keys, list, cursor)
    const key = sql<string>`${ledgerEntries.source} || ' ' || ${ledgerEntries.account}`
    const rows = await ctx.db.read
      .select()
      .from(ledgerEntries)
      .where(and(eq(ledgerEntries.advisorId, advisorId), sql`${key} > ${after}`))
      .orderBy(asc(key))
      .limit(limit + 1)
    return toPage(ctx.keys, list, rows, {
      limit,
      keyOf: ({ source, account }) => `${source} ${account}`,
      view: ({ source, account, amountPaise, occurredAt }) => ({
        source,
        account,
        amountPaise,
        occurredAt: occurredAt.toISOString(),
      }),
    })
  },
})

/** Events of Razorpay that were about nothing of ours, or could not be read; newest first. */
export const listParkedEvents = query({
  name: 'billing.list_parked_events',
  input: PageInput,
  async run(ctx, { limit, cursor }): Promise<z.infer<typeof ParkedEventPage>> {
    const list = 'billing.parked'
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, list, cursor)
    const parked = and(eq(webhookEvents.source, 'razorpay'), eq(webhookEvents.state, 'parked'))
    const rows = await ctx.db.read
      .select({ id: webhookEvents.id, receivedAt: webhookEvents.receivedAt, state: webhookEvents.state })
      .from(webhookEvents)
      .where(and(parked, lt(webhookEvents.id, before)))
      .orderBy(desc(webhookEvents.id))
      .limit(limit + 1)
    const view = ({ id, receivedAt, state }: (typeof rows)[number]) => ({
      id,
      receivedAt: receivedAt.toISOString(),
      state,
    })
    return toPage(ctx.keys, list, rows, { limit, keyOf: ({ id }) => id, view })
  },
})

/** Has an event decided once more, whatever became of it: nothing is booked twice. */
export const redriveEvent = command({
  name: 'billing.redrive_event',
  input: z.strictObject({ id: z.uuid() }),
  async run(ctx, { id }) {
    const mine = and(eq(webhookEvents.id, id), eq(webhookEvents.source, 'razorpay'))
    const [row] = await ctx.tx
      .update(webhookEvents)
      .set({ state: 'received', settledAt: null })
      .where(mine)
      .returning({ id: webhookEvents.id })
    if (!row) throw notFound('event')
    return {
      output: { done: true as const },
      audit: { action: 'billing.event_redriven', objectType: 'webhook_event', objectId: id },
      jobs: [applyEventJob.with({ eventId: id })],
    }
  },
})
