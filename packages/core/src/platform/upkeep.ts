import { schema } from '@pramaan/db'
import { lt, sql } from 'drizzle-orm'
import type { Ctx } from './context.ts'
import { WINDOW_SECONDS } from './rate-limit.ts'

const MONTHS_AHEAD = 3
/** How long the facts of analytics are kept: what the longest report needs for itself and for the period before it. */
export const FACT_MONTHS = 27
const HOUR_MS = 3_600_000
/** Longer than the 24 hours that `contract.md` section 3 promises. */
const KEEP_ANSWERS_MS = 26 * HOUR_MS
const KEEP_EVENTS_MS = 30 * 24 * HOUR_MS

/** Makes the month partitions of the coming months, and detaches those past their time: deliveries of which no law asks for the record any more, facts of analytics. */
export async function makePartitions(ctx: Ctx): Promise<void> {
  await ctx.db.read.execute(sql`select ensure_month_partitions(${MONTHS_AHEAD})`)
  const { recordsYears } = ctx.settings
  const { rows } = await ctx.db.read.execute<{ gone: string[] }>(
    sql`select detach_old_months(${recordsYears}::integer) || detach_old_facts(${FACT_MONTHS}::integer) as gone`,
  )
  const detached = rows[0]?.gone ?? []
  if (detached.length > 0) ctx.log.info({ detached }, 'partitions past their time were detached')
}

/** Deletes what nobody may ask for any more: kept answers, settled webhooks, windows of the rate limiter. */
export async function sweepPlatform(ctx: Ctx): Promise<void> {
  const now = ctx.now().getTime()
  const { idempotencyKeys, rateWindows, webhookEvents } = schema
  await ctx.db.read.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, new Date(now - KEEP_ANSWERS_MS)))
  await ctx.db.read.delete(webhookEvents).where(lt(webhookEvents.settledAt, new Date(now - KEEP_EVENTS_MS)))
  const oldestWindow = Math.floor(now / 1000 / WINDOW_SECONDS) - 1
  await ctx.db.read.delete(rateWindows).where(lt(rateWindows.windowStart, oldestWindow))
}
