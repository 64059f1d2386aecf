import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import type { SubscriptionRow } from './queries.ts'
import { CHARGES, PLANS, type Plan, TIER_NAMES } from './rules/plans.ts'

const { razorpayPlans } = schema

/** The key of our id in the notes of everything that we make at Razorpay. */
export const NOTE = 'pramaan_subscription'

/** What came of asking Razorpay for a subscription or an order. */
export interface Opened {
  razorpayId: string
  razorpayPlanId: string | null
  checkoutUrl: string | null
}

/** How long somebody has to pay or to give the mandate. */
const EXPIRES_AFTER_MS = 24 * 3_600_000
/** Clocks differ; what we look for was made at most that much before we asked for it. */
const CLOCK_SLACK_MS = 3_600_000

/**
 * What Razorpay has under our id, from an earlier call whose answer was lost: creating has no idempotency key there, so
 * nothing is created before this found nothing.
 */
export async function findAtRazorpay(ctx: Ctx, row: SubscriptionRow): Promise<Opened | null> {
  const { razorpay } = ctx.clients
  if (row.payment === 'order') {
    const [order] = await razorpay.orders(row.id)
    return order ? { razorpayId: order.id, razorpayPlanId: null, checkoutUrl: null } : null
  }
  const planId = await knownPlanId(ctx, row.planId)
  if (planId === null) return null
  const from = new Date(row.createdAt.getTime() - CLOCK_SLACK_MS)
  const found = (await razorpay.subscriptions({ planId, from })).find(({ notes }) => notes[NOTE] === row.id)
  return found ? { razorpayId: found.id, razorpayPlanId: found.planId, checkoutUrl: found.shortUrl } : null
}

/** Creates it there. Only the holder of a fresh row may call this, and only once. @throws UpstreamError */
export async function createAtRazorpay(ctx: Ctx, row: SubscriptionRow): Promise<Opened> {
  const { razorpay } = ctx.clients
  const notes = { [NOTE]: row.id, pramaan_advisor: row.advisorId }
  if (row.payment === 'order') {
    const order = await razorpay.createOrder({ amountPaise: row.pricePaise, receipt: row.id, notes })
    return { razorpayId: order.id, razorpayPlanId: null, checkoutUrl: null }
  }
  const planId = await ensurePlan(ctx, row.planId)
  const made = await razorpay.createSubscription({
    planId,
    totalCount: CHARGES[row.period],
    startAt: row.startsAt,
    expireBy: new Date(ctx.now().getTime() + EXPIRES_AFTER_MS),
    notes,
  })
  return { razorpayId: made.id, razorpayPlanId: planId, checkoutUrl: made.shortUrl }
}

async function knownPlanId(ctx: Ctx, planId: string): Promise<string | null> {
  const { keyId } = ctx.clients.razorpay
  const [row] = await ctx.db.read
    .select({ id: razorpayPlans.razorpayPlanId })
    .from(razorpayPlans)
    .where(and(eq(razorpayPlans.keyId, keyId), eq(razorpayPlans.planId, planId)))
  return row?.id ?? null
}

/** Razorpay's id of a price of ours: remembered, or found there by our id in the notes, or made. */
async function ensurePlan(ctx: Ctx, planId: string): Promise<string> {
  const known = await knownPlanId(ctx, planId)
  if (known !== null) return known
  const { razorpay } = ctx.clients
  const plan = PLANS.find((one) => one.id === planId)
  if (!plan) throw new Error(`there is no plan ${planId}`)
  const same = (await razorpay.plans()).find(
    (one) => one.notes.pramaan_plan === planId && one.amountPaise === plan.pricePaise,
  )
  const razorpayPlanId = (same ?? (await makePlan(ctx, plan))).id
  await ctx.db.read
    .insert(razorpayPlans)
    .values({ keyId: razorpay.keyId, planId, razorpayPlanId })
    .onConflictDoNothing()
  // Of two that made one at the same time, both use that of the first.
  return (await knownPlanId(ctx, planId)) ?? razorpayPlanId
}

const makePlan = (ctx: Ctx, plan: Plan) =>
  ctx.clients.razorpay.createPlan({
    name: `Pramaan ${TIER_NAMES[plan.tier]}, ${plan.period} (GST included)`,
    period: plan.period,
    amountPaise: plan.pricePaise,
    notes: { pramaan_plan: plan.id },
  })
