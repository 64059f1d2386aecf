import { schema, statement } from '@pramaan/db'
import { type AiReason, istDay } from '@pramaan/shared'
import { eq, sql } from 'drizzle-orm'
import type { CommandCtx, Ctx } from '../platform/context.ts'

const { aiAllowances: allowances } = schema

/** So many failures in a row open the circuit: for the pause nobody is asked, then one call tries, then all or none. */
const MAX_FAILURES = 5
const PAUSE_MS = 5 * 60_000
/** How long a call that tries keeps the others away: longer than any call may take. */
const TRY_MS = 60_000

const time = (name: string) => sql`${sql.placeholder(name)}::timestamptz`

/**
 * One upsert counts the call, if budget and circuit allow it: calls at the same moment take turns at the row, so that no
 * parallelism gets past either.
 */
const takeCall = statement((queries) => {
  const sameDay = sql`${allowances.day} = excluded.day`
  const today = (column: typeof allowances.calls | typeof allowances.inputTokens | typeof allowances.outputTokens) =>
    sql`case when ${sameDay} then ${column} else 0 end`
  return queries
    .insert(allowances)
    .values({ advisorId: sql.placeholder('advisorId'), day: sql.placeholder('day'), calls: 1 })
    .onConflictDoUpdate({
      target: allowances.advisorId,
      set: {
        day: sql`excluded.day`,
        calls: sql`${today(allowances.calls)} + 1`,
        inputTokens: today(allowances.inputTokens),
        outputTokens: today(allowances.outputTokens),
        pausedUntil: sql`case when ${allowances.failures} >= ${sql.raw(String(MAX_FAILURES))} then ${time('tryUntil')} end`,
      },
      setWhere: sql`(not (${sameDay}) or ${allowances.calls} < ${sql.placeholder('dailyCalls')}::int)
        and (${allowances.pausedUntil} is null or ${allowances.pausedUntil} <= ${time('now')})`,
    })
    .returning({ calls: allowances.calls })
    .prepare('ai_take_call')
})

const selectPause = statement((queries) =>
  queries
    .select({ pausedUntil: allowances.pausedUntil })
    .from(allowances)
    .where(eq(allowances.advisorId, sql.placeholder('advisorId')))
    .prepare('ai_pause'),
)

/** Counts a call of the model for an advisor. @returns why there may be none; null for leave to call */
export async function takeModelCall(ctx: Ctx, advisorId: string): Promise<AiReason | null> {
  const { dailyCalls } = ctx.settings.ai
  if (dailyCalls === 0) return 'budget_spent'
  const now = ctx.now()
  const tryUntil = new Date(now.getTime() + TRY_MS).toISOString()
  const call = { advisorId, day: istDay(now), dailyCalls, now: now.toISOString(), tryUntil }
  if ((await takeCall(ctx.db.read).execute(call)).length > 0) return null
  const [row] = await selectPause(ctx.db.read).execute({ advisorId })
  return row?.pausedUntil && row.pausedUntil > now ? 'circuit_open' : 'budget_spent'
}

const settleCall = statement((queries) => {
  const failures = sql`case when ${sql.placeholder('failed')}::boolean then ${allowances.failures} + 1 else 0 end`
  return queries
    .update(allowances)
    .set({
      inputTokens: sql`${allowances.inputTokens} + ${sql.placeholder('inputTokens')}::int`,
      outputTokens: sql`${allowances.outputTokens} + ${sql.placeholder('outputTokens')}::int`,
      failures,
      pausedUntil: sql`case when ${failures} >= ${sql.raw(String(MAX_FAILURES))} then ${time('pauseUntil')} end`,
    })
    .where(eq(allowances.advisorId, sql.placeholder('advisorId')))
    .prepare('ai_settle_call')
})

/** Counts what a call cost and how it ended. Hand the statement to the commit. */
export const settleModelCall = (
  ctx: CommandCtx,
  call: { advisorId: string; failed: boolean; inputTokens: number; outputTokens: number },
): Promise<unknown> =>
  settleCall(ctx.tx).execute({ ...call, pauseUntil: new Date(ctx.now().getTime() + PAUSE_MS).toISOString() })
