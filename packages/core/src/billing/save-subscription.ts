import { isDeepStrictEqual } from 'node:util'
import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { noticeJob, setTier } from '../identity/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { endNow } from './end-subscription.ts'
import { dunningJob, reconcileJob } from './jobs.ts'
import { type SubscriptionRow, subscriptionsOf } from './queries.ts'
import { givesFrom, nextLookAt, standingOf, tierFactsOf } from './rules/standing.ts'

const { subscriptions } = schema

export interface Consequences {
  audit: AuditEntry[]
  jobs: Job[]
}

/**
 * Writes what changed of a subscription, and everything that follows from it in the same transaction: the end of the one
 * that it replaces, the tier of the firm, the next look, mails. Its firm's billing is locked.
 */
export async function saveSubscription(
  ctx: CommandCtx,
  before: SubscriptionRow,
  changes: Partial<SubscriptionRow>,
  reason: string,
): Promise<Consequences> {
  const { advisorId, id } = before
  const now = ctx.now()
  const changed = { ...before, ...changes }
  const row = { ...changed, nextLookAt: nextLookAt(changed, now), updatedAt: now }
  const news = newsOf(before, changes)
  await ctx.tx
    .update(subscriptions)
    .set({ ...news, asOf: row.asOf, nextLookAt: row.nextLookAt, updatedAt: now })
    .where(and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, id)))
  const audit: AuditEntry[] = []
  const about = { objectType: 'subscription', objectId: id, advisorId }
  if (row.state !== before.state) {
    audit.push({ action: `subscription.${row.state}`, ...about, from: before.state, to: row.state, reason })
  } else if (Object.keys(news).length > 0) {
    audit.push({ action: 'subscription.updated', ...about, reason, detail: { fields: Object.keys(news) } })
  }
  const replaced = await endReplaced(ctx, row)
  const all = await subscriptionsOf(ctx.tx, advisorId)
  const stood = standingOf(before, before.updatedAt) !== 'none'
  // What never gave anything takes nothing: a tier that a firm has by other means stays.
  const counts = stood || givesFrom(row, now)
  const tier = counts ? await setTier(ctx, advisorId, tierFactsOf(all, now)) : null
  if (tier) audit.push({ ...tier, reason: `subscription ${id}: ${standingOf(row, now)}` })
  const isLast = stood && row.state !== 'halted' && all.every((one) => standingOf(one, now) === 'none')
  const jobs = [...replaced.jobs, ...dunningAfter(before, row), ...(isLast ? [endNotice(ctx, row)] : [])]
  return { audit: [...audit, ...replaced.audit], jobs }
}

/** What is not as it was; when Razorpay said so is written in passing. */
const newsOf = (before: SubscriptionRow, { asOf: _, ...changes }: Partial<SubscriptionRow>): Partial<SubscriptionRow> =>
  Object.fromEntries(
    Object.entries(changes).filter(([name, value]) => !isDeepStrictEqual(value, before[name as keyof SubscriptionRow])),
  )

/** A change of plan is done when the new one runs: the old one ends then; one that only waits for its end is told so. */
async function endReplaced(ctx: CommandCtx, row: SubscriptionRow): Promise<Consequences> {
  const { advisorId, replacesId, state } = row
  const nothing = { audit: [], jobs: [] }
  if (replacesId === null) return nothing
  const mine = and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, replacesId))
  const [old] = await ctx.tx.select().from(subscriptions).where(mine)
  if (!old || old.endedAt !== null) return nothing
  if (standingOf(row, ctx.now()) !== 'none') return endNow(ctx, old, `replaced by subscription ${row.id}`)
  if ((state !== 'authenticated' && state !== 'active') || old.cancelAt !== null) return nothing
  await ctx.tx.update(subscriptions).set({ cancelAt: 'period_end' }).where(mine)
  const about = { objectType: 'subscription', objectId: old.id, advisorId }
  const audit = [{ action: 'subscription.cancel_requested', ...about, reason: `replaced by subscription ${row.id}` }]
  return { audit, jobs: [reconcileJob.with({ advisorId, subscriptionId: old.id }, { groupId: advisorId })] }
}

function dunningAfter(before: SubscriptionRow, { advisorId, id, payment, state }: SubscriptionRow): Job[] {
  const isLate = state === 'pending' || state === 'halted'
  // What is paid once is reminded of before its end.
  const endsByItself = state === 'active' && payment === 'order'
  return state !== before.state && (isLate || endsByItself)
    ? [dunningJob.with({ advisorId, subscriptionId: id }, { groupId: advisorId })]
    : []
}

const endNotice = (ctx: CommandCtx, { advisorId, id }: SubscriptionRow): Job =>
  noticeJob.with({ kind: 'notice', topic: 'subscription_ended', noticeId: ctx.newId(), advisorId, objectId: id })
