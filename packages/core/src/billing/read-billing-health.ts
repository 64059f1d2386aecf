import { type Queries, schema } from '@pramaan/db'
import { and, count, desc, eq, inArray, lt, min, sql } from 'drizzle-orm'

const { bookComparisons, refunds, subscriptions, webhookEvents } = schema

/** What an operator watches of billing; `docs/runbooks/billing.md` says from which value on it is an alarm. */
export interface BillingHealth {
  /** Events of Razorpay that wait for a person. */
  parkedEvents: number
  /** Since the newest event came in; null where none is kept. */
  silenceMs: number | null
  /** Calls about money of which nobody knows for minutes whether Razorpay has done them. */
  unknownCalls: { subscriptions: number; refunds: number }
  /** How far the comparison with Razorpay is behind: the most overdue look. */
  lookDelayMs: number
  /** Subscriptions whose money is late, and those for which Razorpay has given up. */
  late: { pending: number; halted: number }
  /** The newest comparison of the books; null before the first. */
  comparison: { differing: number; ranAgoMs: number } | null
}

/** A lost answer is looked up within a minute or two; what is older needs somebody. */
const UNKNOWN_AFTER_MS = 10 * 60_000

/** Asked at each scrape, across all firms; names nobody. */
export async function readBillingHealth(queries: Queries, now: Date): Promise<BillingHealth> {
  const longAgo = new Date(now.getTime() - UNKNOWN_AFTER_MS)
  const inState = (...states: string[]) =>
    sql<number>`count(*) filter (where ${inArray(subscriptions.state, states as never[])})`.mapWith(Number)
  const isOld = lt(subscriptions.createdAt, longAgo)
  const fromRazorpay = eq(webhookEvents.source, 'razorpay')
  const [[parked], [newest], [counts], [refund], [compared]] = await Promise.all([
    queries
      .select({ count: count() })
      .from(webhookEvents)
      .where(and(fromRazorpay, eq(webhookEvents.state, 'parked'))),
    queries
      .select({ receivedAt: webhookEvents.receivedAt })
      .from(webhookEvents)
      .where(fromRazorpay)
      .orderBy(desc(webhookEvents.id))
      .limit(1),
    queries
      .select({
        pending: inState('pending'),
        halted: inState('halted'),
        unknown:
          sql<number>`count(*) filter (where ${inArray(subscriptions.state, ['opening', 'unknown'])} and ${isOld})`.mapWith(
            Number,
          ),
        nextLookAt: min(subscriptions.nextLookAt),
      })
      .from(subscriptions),
    queries
      .select({ count: count() })
      .from(refunds)
      .where(and(eq(refunds.state, 'requested'), lt(refunds.createdAt, longAgo))),
    queries.select().from(bookComparisons).orderBy(desc(bookComparisons.id)).limit(1),
  ])
  const since = (moment: Date | null | undefined) => (moment ? Math.max(0, now.getTime() - moment.getTime()) : null)
  return {
    parkedEvents: parked?.count ?? 0,
    silenceMs: since(newest?.receivedAt),
    unknownCalls: { subscriptions: counts?.unknown ?? 0, refunds: refund?.count ?? 0 },
    lookDelayMs: since(counts?.nextLookAt) ?? 0,
    late: { pending: counts?.pending ?? 0, halted: counts?.halted ?? 0 },
    comparison: compared ? { differing: compared.differing, ranAgoMs: since(compared.ranAt) ?? 0 } : null,
  }
}
