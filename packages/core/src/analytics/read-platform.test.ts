import { schema } from '@pramaan/db'
import { istDay, type RevenueMonth } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { cancelSubscription, changePlan, requestRefund, subscribe } from '../billing/index.ts'
import { billingWorld } from '../billing/testing/billing-world.ts'
import { readPlatform } from './read-platform.ts'
import { randomFrom } from './testing.ts'

const { ledgerEntries, payments, refunds, subscriptions } = schema
const world = await billingWorld()
const admin = makeStaff(world, 'admin')
const DAY_MS = 86_400_000
const startedAt = world.clock.now()

type Step = (firm: TestAdvisor) => Promise<unknown>
const pay: Step = async (firm) => {
  const last = (await world.rows(firm)).findLast(({ razorpayId }) => razorpayId !== null)
  if (last?.payment === 'order') await world.control(`/orders/${last.razorpayId}/pay`, {}).catch(() => undefined)
  else await world.control(`/subscriptions/${last?.razorpayId}/authenticate`, { method: 'upi' }).catch(() => undefined)
}
const ignore = (error: Error) => {
  if (error.name !== 'AppError') throw error
}
const refund: Step = async ({ advisorId }) => {
  const [payment] = await world.db.read.select().from(payments).where(eq(payments.advisorId, advisorId)).limit(1)
  if (!payment || admin.actor.kind !== 'user') return
  const fresh = { ...admin, actor: { ...admin.actor, steppedUpAt: world.clock.now() } }
  const { razorpayPaymentId } = payment
  await requestRefund(fresh, { advisorId, razorpayPaymentId, amountPaise: 10_000, reason: 'goodwill' }).catch(ignore)
}
const change =
  (plan: 'basic' | 'pro', when: 'now' | 'period_end'): Step =>
  (firm) =>
    changePlan(firm.owner(), { plan, when }).catch(ignore)
const cancel =
  (when: 'now' | 'period_end'): Step =>
  (firm) =>
    cancelSubscription(firm.owner(), { when }).catch(ignore)

/** What has to be paid soon, and is. */
const paid =
  (step: Step): Step =>
  (firm) =>
    step(firm).then(() => pay(firm))

/** Lives that have something of everything: one grows and leaves, one leaves at the end and comes back, one shrinks. */
const STORIES: Record<number, Step>[] = [
  { 0: pay, 4: paid(change('pro', 'now')), 8: refund, 10: cancel('now') },
  { 0: pay, 2: cancel('period_end'), 10: paid((firm) => subscribe(firm.owner(), { plan: 'basic' })) },
  { 0: pay, 3: paid(change('basic', 'period_end')) },
]
const STEPS: Step[] = [
  (firm) => subscribe(firm.owner(), { plan: 'basic' }).catch(ignore),
  (firm) => subscribe(firm.owner(), { plan: 'standard', period: 'yearly' }).catch(ignore),
  change('pro', 'now'),
  change('basic', 'period_end'),
  cancel('now'),
  cancel('period_end'),
  refund,
  pay,
  pay,
  pay,
]

/** Eight months in the lives of some firms: they book, pay, change, stop, and are paid back. */
async function liveThrough(seed: number): Promise<TestAdvisor[]> {
  const random = randomFrom(seed)
  const firms = await Promise.all(Array.from({ length: 8 }, () => makeAdvisor(world)))
  for (const firm of firms) await subscribe(firm.owner(), { plan: 'standard' })
  for (let turn = 0; turn < 16; turn++) {
    for (const [index, firm] of firms.entries()) {
      const step = index < STORIES.length ? STORIES[index]?.[turn] : STEPS[Math.floor(random() * STEPS.length)]
      await step?.(firm)
    }
    await world.catchUp()
    await world.advance(5 + Math.floor(random() * 20))
    for (const { id, status } of (await world.truth()).refunds) {
      if (status === 'pending') await world.control(`/refunds/${id}`, { result: 'processed' })
    }
    await world.catchUp()
    await world.poll()
  }
  return firms
}

/** Recurring revenue of one firm at a moment, by the words of `RevenueMonth`, out of the rows themselves. */
async function mrrOf({ advisorId }: TestAdvisor, moment: Date): Promise<number> {
  const mine = <T extends { advisorId: string }>(rows: T[]) => rows.filter((row) => row.advisorId === advisorId)
  const ledger = mine(await world.db.read.select().from(ledgerEntries))
  const revenueOf = (source: string) => {
    const entry = ledger.find((one) => one.source === source && one.account === 'revenue')
    return entry && entry.occurredAt <= moment ? -entry.amountPaise : 0
  }
  const all = mine(await world.db.read.select().from(payments)).toSorted((a, b) => Number(a.paidAt) - Number(b.paidAt))
  const back = mine(await world.db.read.select().from(refunds))
  let total = 0
  for (const subscription of mine(await world.db.read.select().from(subscriptions))) {
    const ofIt = all.filter(({ subscriptionId, paidAt }) => subscriptionId === subscription.id && paidAt <= moment)
    const last = ofIt.at(-1)
    if (!last || (subscription.endedAt !== null && subscription.endedAt <= moment)) continue
    const months = subscription.period === 'yearly' ? 12 : 1
    const end = new Date(last.paidAt)
    end.setUTCDate(1)
    end.setUTCMonth(end.getUTCMonth() + months)
    const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate()
    end.setUTCDate(Math.min(last.paidAt.getUTCDate(), lastDay))
    if (end.getTime() + 7 * DAY_MS <= moment.getTime()) continue
    const refunded = back.filter(({ razorpayPaymentId }) => razorpayPaymentId === last.razorpayPaymentId)
    const net = refunded.reduce(
      (sum, { razorpayRefundId }) => sum + revenueOf(`refund:${razorpayRefundId}`),
      revenueOf(`payment:${last.razorpayPaymentId}`),
    )
    total += Math.round(net / months)
  }
  return total
}

const moved = (month: RevenueMonth) =>
  month.newPaise + month.reactivatedPaise + month.expansionPaise - month.contractionPaise - month.churnedPaise

test('revenue equals the ledger, month by month and to the paisa, whatever firms book, change, stop and get back', async () => {
  const firms = await liveThrough(8)
  const to = istDay(world.clock.now())
  const { revenue } = await readPlatform(admin, { from: istDay(startedAt), to })
  const { months } = revenue
  expect(months.length).toBeGreaterThan(6)

  const entries = await world.db.read.select().from(ledgerEntries).where(eq(ledgerEntries.account, 'revenue'))
  const sum = (of: (month: RevenueMonth) => number) => months.reduce((total, month) => total + of(month), 0)
  const held = entries.reduce((total, { amountPaise }) => total - amountPaise, 0)
  expect(sum(({ bookedPaise }) => bookedPaise) - sum(({ refundedPaise }) => refundedPaise)).toBe(held)
  for (const month of months) {
    const within = entries.filter(
      ({ occurredAt }) => occurredAt > new Date(month.from) && occurredAt <= new Date(month.to),
    )
    const of = (kind: string) =>
      within.filter(({ source }) => source.startsWith(kind)).reduce((total, one) => total - one.amountPaise, 0)
    expect([month.bookedPaise, month.refundedPaise]).toEqual([of('payment:'), of('refund:') === 0 ? 0 : -of('refund:')])
    const each = await Promise.all(firms.map((firm) => mrrOf(firm, new Date(month.to))))
    expect(month.closingMrrPaise, month.month).toBe(each.reduce((total, one) => total + one, 0))
    expect(month.payingFirms).toBe(each.filter((one) => one > 0).length)
    expect(month.closingMrrPaise - month.openingMrrPaise).toBe(moved(month))
  }
  for (const [index, month] of months.entries()) {
    if (index > 0) expect(month.openingMrrPaise).toBe(months[index - 1]?.closingMrrPaise)
  }
  expect(revenue.mrrPaise).toBe(months.at(-1)?.closingMrrPaise)
  // The history has something of everything, else it shows little.
  for (const kind of ['newPaise', 'reactivatedPaise', 'expansionPaise', 'contractionPaise', 'churnedPaise'] as const) {
    expect(
      sum((month) => month[kind]),
      kind,
    ).toBeGreaterThan(0)
  }
}, 120_000)

test('the answer holds counts alone: no name, no address, and no id of a firm or person', async () => {
  const firm = await makeAdvisor(world, { displayName: 'Meera Verma' })
  const answer = JSON.stringify(await readPlatform(admin, {}))
  expect(answer).not.toContain('Meera')
  expect(answer).not.toContain(firm.advisorId)
  expect(answer).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
})

test('a range is refused when it is longer than 13 months or turned round', async () => {
  await expect(readPlatform(admin, { from: '2024-01-01', to: '2026-01-01' })).rejects.toMatchObject({
    code: 'invalid_input',
  })
  await expect(readPlatform(admin, { from: '2026-02-01', to: '2026-01-01' })).rejects.toMatchObject({
    code: 'invalid_input',
  })
})
