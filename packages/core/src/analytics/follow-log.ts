import { schema, type Tx } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import type { Touched } from './facts.ts'
import { firstDayToCount } from './first-day-to-count.ts'
import { CURSOR_ID, holdCursor } from './hold-cursor.ts'
import { rollupJob } from './jobs.ts'
import { keepFacts } from './keep-facts.ts'
import { recountDays } from './recount-days.ts'
import { rollUp } from './roll-up.ts'
import { rollUpPlatform } from './roll-up-platform.ts'

const { analyticsCursor } = schema

/** Entries that one transaction takes. Many, as the entries of one campaign are about the same rows. */
const BATCH = 20_000
/** Batches that one job takes; the next one goes on. */
const BATCHES = 10

/**
 * Takes the next entries of the sealed log, brings the facts of all that they name up to date, and counts the days that
 * this changed: one transaction, so that nothing is missed or counted twice whenever a worker dies. The sealed log has no
 * gaps and nothing comes late into it; the lock on the cursor lets one at a time do this.
 *
 * @returns whether more may be waiting
 */
const follow = command({
  name: 'analytics.follow',
  input: z.strictObject({}),
  async run(ctx) {
    const from = await holdCursor(ctx.tx)
    const { nextLeaf, completeTo, touched } = await readTouched(ctx.tx, from)
    const { firms, textDays } = await keepFacts(ctx.tx, touched, firstDayToCount(ctx.now()))
    await rollUp(ctx.tx, firms)
    await rollUpPlatform(ctx.tx, textDays)
    const countedAt = sql`${completeTo}::timestamptz`
    await ctx.tx.update(analyticsCursor).set({ nextLeaf, countedAt }).where(eq(analyticsCursor.id, CURSOR_ID))
    return { output: nextLeaf - from === BATCH, unchanged: true }
  },
})

/** What the next entries are about, as far as anything of it is counted. */
async function readTouched(tx: Tx, from: number): Promise<{ nextLeaf: number; completeTo: string; touched: Touched }> {
  // First of all: what is sealed after this stands behind it, and is left to the next time. What waits to be sealed is
  // not counted yet.
  const taken = await tx.execute<{ nextLeaf: string; completeTo: string }>(sql`
    select coalesce(max(leaf_index) + 1, ${from})::text as "nextLeaf",
      (case when count(*) = ${BATCH} then max(recorded_at)
        else coalesce((select min(recorded_at) from audit_pending), clock_timestamp()) end)::text as "completeTo"
    from audit_leaves where leaf_index >= ${from} and leaf_index < ${from + BATCH}`)
  const [{ nextLeaf, completeTo } = { nextLeaf: '', completeTo: '' }] = taken.rows
  const { rows } = await tx.execute<{ kind: keyof Touched; advisorId: string; id: string }>(sql`
    select distinct named.kind, e.advisor_id as "advisorId", named.id
    from audit_leaves l join audit_entries e on e.recorded_at = l.recorded_at and e.id = l.entry_id
    cross join lateral (values
      ('campaigns', case when e.object_type = 'campaign' then e.object_id
        when e.object_type = 'delivery' then e.body->'detail'->>'campaignId' end),
      ('people', case when e.action in ('reply.received', 'recipient.opted_out', 'recipient.merged') then e.object_id end),
      ('contents', case when e.object_type = 'content' then e.object_id end)
    ) as named (kind, id)
    where l.leaf_index >= ${from} and l.leaf_index < ${Number(nextLeaf)} and e.advisor_id is not null
      and named.id is not null and e.body->>'outcome' = 'done'`)
  const named = (kind: keyof Touched) => rows.filter((row) => row.kind === kind)
  return {
    nextLeaf: Number(nextLeaf),
    completeTo,
    touched: { campaigns: named('campaigns'), people: named('people'), contents: named('contents') },
  }
}

/** Job `analytics.rollup`: counts what has happened since the last time, or some days anew. */
export async function countFacts(ctx: Ctx, payload: unknown): Promise<void> {
  const { recount } = rollupJob.payload.parse(payload)
  if (recount) return recountDays(ctx, recount)
  for (let batch = 0; batch < BATCHES && (await follow(ctx, {})); batch++);
}
