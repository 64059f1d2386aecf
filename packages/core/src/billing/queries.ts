import { schema } from '@pramaan/db'
import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'

const { subscriptions } = schema

export type SubscriptionRow = typeof subscriptions.$inferSelect
export type PaymentRow = typeof schema.payments.$inferSelect

/**
 * Makes everything that changes the billing of one firm take turns until the transaction ends: two events of different
 * subscriptions may decide about the same tier.
 */
export async function lockBilling(ctx: CommandCtx, advisorId: string): Promise<void> {
  await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`billing:${advisorId}`}, 0))`)
}

/** One subscription by any condition, its firm's billing locked; null where there is none. */
export async function takeSubscription(ctx: CommandCtx, where: SQL | undefined): Promise<SubscriptionRow | null> {
  const [found] = await ctx.tx
    .select({ advisorId: subscriptions.advisorId, id: subscriptions.id })
    .from(subscriptions)
    .where(where)
    .limit(1)
  if (!found) return null
  await lockBilling(ctx, found.advisorId)
  return takeById(ctx, found.advisorId, found.id)
}

/** As it is now, under the lock of its firm. */
export async function takeById(ctx: CommandCtx, advisorId: string, id: string): Promise<SubscriptionRow | null> {
  await lockBilling(ctx, advisorId)
  const [row] = await ctx.tx
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.advisorId, advisorId), eq(subscriptions.id, id)))
  return row ?? null
}

/** All subscriptions of a firm, newest first. */
export const subscriptionsOf = (queries: Pick<CommandCtx['tx'], 'select'>, advisorId: string) =>
  queries.select().from(subscriptions).where(eq(subscriptions.advisorId, advisorId)).orderBy(desc(subscriptions.id))
