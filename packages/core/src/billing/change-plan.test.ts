import { schema } from '@pramaan/db'
import { istDay } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import {
  cancelSubscription,
  changePlan,
  getSubscription,
  pauseSubscription,
  previewChange,
  resumeSubscription,
  subscribe,
} from './index.ts'
import { billingWorld } from './testing/billing-world.ts'

const world = await billingWorld()

test('a change up is shown to the paisa before; the old one ends when the new one runs, and its rest goes back once', async () => {
  const advisor = await world.subscribed('standard')
  await world.advance(10)
  const preview = await previewChange(advisor.owner(), { plan: 'pro', when: 'now' })
  const [old] = await world.rows(advisor)
  const length = (old?.currentEnd?.getTime() ?? 0) - (old?.currentStart?.getTime() ?? 0)
  const left = Number(old?.currentEnd) - world.clock.now().getTime()
  expect(preview).toMatchObject({
    chargePaise: 589_882,
    creditPaise: Math.floor((235_882 * left) / length),
    overLimit: [],
  })
  const opened = await changePlan(advisor.owner(), { plan: 'pro', when: 'now' })
  expect(await world.tierOf(advisor)).toBe('standard')
  await world.control(`/subscriptions/${opened.checkout?.razorpaySubscriptionId}/authenticate`, {})
  await world.catchUp()
  expect(await world.tierOf(advisor)).toBe('pro')
  expect((await world.rows(advisor)).map(({ state }) => state)).toEqual(['cancelled', 'active'])
  const { refunds } = await world.truth()
  const mine = refunds.filter((refund) => (refund as unknown as { payment_id: string }).payment_id)
  const last = mine.at(-1)
  expect(last).toMatchObject({ amount: preview.creditPaise })
  await world.control(`/refunds/${last?.id}`, { result: 'processed' })
  await world.catchUp()
  const money = await world.money(advisor)
  expect(money.refunds).toEqual([{ amountPaise: preview.creditPaise, state: 'processed' }])
  expect(money.balance.razorpay).toBe(235_882 + 589_882 - preview.creditPaise)
  expect(money.documents.filter((one) => one.startsWith('credit_note'))).toHaveLength(1)
  const sum = Object.values(money.balance).reduce((all, one) => all + one, 0)
  expect(sum).toBe(0)
})

test('a change down at the end of the period: nothing is charged or given back before, and the old mandate ends by itself', async () => {
  const advisor = await world.subscribed('pro')
  const opened = await changePlan(advisor.owner(), { plan: 'basic', when: 'period_end' })
  await world.control(`/subscriptions/${opened.checkout?.razorpaySubscriptionId}/authenticate`, {})
  await world.catchUp()
  expect(await world.tierOf(advisor)).toBe('pro')
  await world.advance(32)
  await world.catchUp()
  await world.poll()
  expect(await world.tierOf(advisor)).toBe('basic')
  expect((await world.rows(advisor)).map(({ state, tier }) => `${tier} ${state}`)).toEqual([
    'pro cancelled',
    'basic active',
  ])
  const money = await world.money(advisor)
  expect(money.refunds).toEqual([])
  expect(money.balance.razorpay).toBe(589_882 + 94_400)
})

test('a downgrade says what will be over the limit, and deletes nothing', async () => {
  const advisor = await world.subscribed('pro')
  const { users, members } = schema
  const before = await world.db.read.$count(members)
  for (let i = 0; i < 6; i++) {
    const id = world.ctx().newId()
    const bytes = Buffer.from(id)
    const person = { emailHash: bytes, email: bytes, fullName: bytes, passwordHash: '', role: 'advisor' as const }
    await world.db.read.insert(users).values({ id, ...person, status: 'active' })
    await world.db.read.insert(members).values({ advisorId: advisor.advisorId, userId: id, role: 'member' })
  }
  const day = istDay(world.clock.now())
  const checks = { meter: 'checks' as const, period: day, used: 750, allowed: 10_000 }
  await world.db.read.insert(schema.planUsage).values({ advisorId: advisor.advisorId, ...checks })
  const overLimit = async (when: 'now' | 'period_end') =>
    (await previewChange(advisor.owner(), { plan: 'basic', when })).overLimit
  expect(await overLimit('now')).toEqual([
    { limit: 'members', allowed: 5, used: 6 },
    { limit: 'checksPerDay', allowed: 500, used: 750 },
  ])
  expect(await overLimit('period_end')).toEqual([{ limit: 'members', allowed: 5, used: 6 }])
  expect(await world.db.read.$count(members)).toBe(before + 6)
})

test('cancelled at the end of the period: our own flag, the tier to the end, no further charge', async () => {
  const advisor = await world.subscribed('standard')
  const cancelled = await cancelSubscription(advisor.owner(), { when: 'period_end' })
  expect(cancelled).toMatchObject({ state: 'active', standing: 'paid', cancelAtPeriodEnd: true })
  await world.advance(29)
  await world.poll()
  expect(await world.tierOf(advisor)).toBe('standard')
  await world.advance(3)
  await world.catchUp()
  await world.poll()
  expect(await world.rows(advisor)).toMatchObject([{ state: 'cancelled', paidCount: 1 }])
  expect(await world.tierOf(advisor)).toBe('basic')
})

test('cancelled now: it ends at once and the rest goes back, also when Razorpay cannot be told at first', async () => {
  const advisor = await world.subscribed('standard')
  await world.advance(15)
  await world.fault('status', { method: 'POST', path_regex: '/cancel$' }, { status: 503 })
  const cancelled = await cancelSubscription(advisor.owner(), { when: 'now' })
  expect(cancelled).toMatchObject({ standing: 'none' })
  expect(await world.tierOf(advisor)).toBe('basic')
  await world.advance(0.01)
  await world.poll()
  await world.catchUp()
  expect(await world.rows(advisor)).toMatchObject([{ state: 'cancelled' }])
  expect((await world.money(advisor)).refunds).toMatchObject([{ state: 'created' }])
})

test('paused and resumed by us; what the customer paused in the UPI app only the customer resumes', async () => {
  const advisor = await world.subscribed()
  expect(await pauseSubscription(advisor.owner(), {})).toMatchObject({ state: 'paused', standing: 'paid' })
  expect(await resumeSubscription(advisor.owner(), {})).toMatchObject({ state: 'active' })
  await world.control(`/subscriptions/${advisor.razorpayId}/customer_pause`, {})
  await world.advance(0.001)
  await world.catchUp()
  expect((await getSubscription(advisor.owner(), {})).current).toMatchObject({
    state: 'paused',
    pausedByCustomer: true,
  })
  await expect(resumeSubscription(advisor.owner(), {})).rejects.toMatchObject({ code: 'invalid_state' })
  await world.advance(0.001)
  await world.control(`/subscriptions/${advisor.razorpayId}/customer_resume`, {})
  await world.catchUp()
  const { current } = await getSubscription(advisor.owner(), {})
  expect(current).toMatchObject({ state: 'active', pausedByCustomer: false, standing: 'paid' })
})

test('money for a subscription that we ended goes back whole', async () => {
  const advisor = await makeAdvisor(world)
  const first = await subscribe(advisor.owner(), { plan: 'standard', period: 'yearly' })
  await subscribe(advisor.owner(), { plan: 'basic' })
  await world.advance(0.001)
  await world.control(`/orders/${first.checkout?.razorpayOrderId}/pay`, {})
  await world.catchUp()
  expect(await world.tierOf(advisor)).toBe('basic')
  expect((await world.money(advisor)).refunds).toEqual([{ amountPaise: 2_358_820, state: 'created' }])
})
