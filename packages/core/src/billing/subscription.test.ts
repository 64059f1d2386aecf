import { createHmac } from 'node:crypto'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { getProfile } from '../identity/index.ts'
import { cancelSubscription, confirmCheckout, getSubscription, sendDunning, subscribe } from './index.ts'
import { billingWorld } from './testing/billing-world.ts'

const world = await billingWorld()

describe('subscribing', () => {
  test('nothing changes before money came; then the tier holds at once, the money is booked and an invoice is out', async () => {
    const advisor = await makeAdvisor(world)
    const opened = await subscribe(advisor.owner(), { plan: 'standard' })
    expect(opened).toMatchObject({ state: 'created', standing: 'none', amountPaise: 235_882, payment: 'mandate' })
    expect(opened.checkout?.url).toContain('/checkout/sub_')
    expect(await world.tierOf(advisor)).toBe('basic')
    await world.control(`/subscriptions/${opened.checkout?.razorpaySubscriptionId}/authenticate`, { method: 'upi' })
    await world.catchUp()
    expect(await world.tierOf(advisor)).toBe('standard')
    const { current, opening } = await getSubscription(advisor.owner(), {})
    expect(current).toMatchObject({ id: opened.id, state: 'active', standing: 'paid', checkout: null })
    expect(opening).toBeNull()
    const money = await world.money(advisor)
    expect(money.balance).toEqual({ razorpay: 235_882, revenue: -199_900, cgst: -17_991, sgst: -17_991 })
    expect(money.documents).toEqual([`invoice payment:${money.payments[0]}`])
    // The words of Razorpay come in any order; one that comes late only adds what was not known yet.
    const steps = (await world.auditActions(opened.id)).filter((action) => action !== 'subscription.updated')
    expect(steps).toEqual(['subscription.opened', 'subscription.created', 'payment.booked', 'subscription.active'])
  })

  test('ten at once for the same plan are one subscription here and at Razorpay', async () => {
    const advisor = await makeAdvisor(world)
    const before = (await world.truth()).subscriptions.length
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => subscribe(advisor.owner(), { plan: 'pro' })))
    const ids = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []))
    expect(new Set(ids).size).toBe(1)
    expect((await world.truth()).subscriptions).toHaveLength(before + 1)
  })

  test('an answer that is lost after its effect is looked up by our id, never asked for again', async () => {
    const advisor = await makeAdvisor(world)
    await world.fault('reset_after', { method: 'POST', path_regex: '/subscriptions$' })
    const before = (await world.truth()).subscriptions.length
    expect(await subscribe(advisor.owner(), { plan: 'basic' })).toMatchObject({ state: 'unknown', checkout: null })
    await world.advance(0.002)
    await world.poll()
    const { opening } = await getSubscription(advisor.owner(), {})
    expect(opening).toMatchObject({ state: 'created' })
    expect(opening?.checkout?.url).toContain('/checkout/')
    expect((await world.truth()).subscriptions).toHaveLength(before + 1)
  })

  test('a call that never arrived ends as failed after a while, and the firm can try again', async () => {
    const advisor = await makeAdvisor(world)
    await world.fault('reset_before', { method: 'POST', path_regex: '/subscriptions$' })
    expect(await subscribe(advisor.owner(), { plan: 'basic' })).toMatchObject({ state: 'unknown' })
    for (let minutes = 0; minutes < 20; minutes += 5) {
      await world.advance(5 / 1_440)
      await world.poll()
    }
    expect((await world.rows(advisor)).map(({ state }) => state)).toEqual(['failed'])
    expect(await subscribe(advisor.owner(), { plan: 'basic' })).toMatchObject({ state: 'created' })
  })

  test.each([
    ['rate_429', {}],
    ['auth', {}],
    ['status', { status: 502, body: 'html' }],
    ['truncated_json', {}],
    ['empty_200', {}],
  ])('%s: the firm hears it in plain words, nothing is doubled', async (kind, more) => {
    const advisor = await makeAdvisor(world)
    await world.fault(kind, { method: 'POST', path_regex: '/subscriptions$' }, more)
    const answer = await subscribe(advisor.owner(), { plan: 'pro' }).catch((error) => error)
    if (kind === 'rate_429' || kind === 'auth') expect(answer).toMatchObject({ code: 'upstream_failed' })
    else expect(answer).toMatchObject({ state: 'unknown' })
    await world.advance(0.02)
    await world.poll()
    const [row] = await world.rows(advisor)
    const made = (await world.truth()).subscriptions.filter(({ notes }) => {
      return (notes as Record<string, string>).pramaan_advisor === advisor.advisorId
    })
    expect([row?.state, made.length]).toEqual(made.length === 1 ? ['created', 1] : ['failed', 0])
  })

  test('a slow answer is waited for no longer than our own time limit, and found out afterwards', async () => {
    const advisor = await makeAdvisor(world)
    await world.fault('slow', { method: 'POST', path_regex: '/subscriptions$' }, { ms: 5_000 })
    expect(await subscribe(world.impatient(advisor.owner()), { plan: 'basic' })).toMatchObject({
      state: 'unknown',
      checkout: null,
    })
    await world.advance(0.002)
    await world.poll()
    expect((await getSubscription(advisor.owner(), {})).opening).toMatchObject({ state: 'created' })
  })

  test.each([
    ['reset_after', {}],
    ['status', { status: 502, body: 'html' }],
    ['rate_429', {}],
    ['empty_200', {}],
  ])(
    '%s at a pause or a cancellation: what the firm wanted holds or is refused in words, and Razorpay agrees in the end',
    async (kind, more) => {
      const advisor = await world.subscribed('standard')
      await world.advance(1)
      await world.fault(kind, { method: 'POST', path_regex: '/cancel$' }, more)
      const cancelled = await cancelSubscription(advisor.owner(), { when: 'now' })
      expect(cancelled).toMatchObject({ standing: 'none' })
      expect(await world.tierOf(advisor)).toBe('basic')
      for (let turn = 0; turn < 3; turn++) {
        await world.advance(0.3)
        await world.poll()
      }
      const theirs = (await world.truth()).subscriptions.find(({ id }) => id === advisor.razorpayId)
      expect(theirs?.status).toBe('cancelled')
      expect(await world.rows(advisor)).toMatchObject([{ state: 'cancelled' }])
      expect((await world.money(advisor)).refunds).toHaveLength(1)
    },
  )

  test('the webhook may come before the answer: the row is there, and our id is in the notes', async () => {
    const advisor = await makeAdvisor(world)
    await world.fault('hang_after', { method: 'POST', path_regex: '/subscriptions$' }, { seconds: 20 })
    await subscribe(world.impatient(advisor.owner()), { plan: 'standard' })
    const made = (await world.truth()).subscriptions.at(-1)
    await world.control(`/subscriptions/${made?.id}/authenticate`, {})
    await world.catchUp()
    expect(await world.rows(advisor)).toMatchObject([{ state: 'active', razorpayId: made?.id }])
    expect(await world.tierOf(advisor)).toBe('standard')
  })

  test('above the mandate limit a year is an order: paid once, reminded of, and over when it ends', async () => {
    const advisor = await makeAdvisor(world)
    const opened = await subscribe(advisor.owner(), { plan: 'standard', period: 'yearly' })
    expect(opened).toMatchObject({ payment: 'order', amountPaise: 2_358_820, state: 'created' })
    await world.control(`/orders/${opened.checkout?.razorpayOrderId}/pay`, { method: 'upi' })
    await world.catchUp()
    expect(await world.tierOf(advisor)).toBe('standard')
    await world.advance(364)
    await world.poll()
    expect(await world.tierOf(advisor)).toBe('standard')
    await world.advance(2)
    await world.poll()
    expect(await world.rows(advisor)).toMatchObject([{ state: 'completed', paidCount: 1 }])
    expect(await world.tierOf(advisor)).toBe('basic')
  })
})

/** The mails that the schedule of a subscription causes, each with the days before the end of what is paid. */
async function dunned(advisor: TestAdvisor, days: number): Promise<string[]> {
  const told: string[] = []
  for (let day = 0; day < days; day++) {
    await world.advance(1)
    for (const { id: subscriptionId, paidUntil } of await world.rows(advisor)) {
      await sendDunning(world.ctx(), { advisorId: advisor.advisorId, subscriptionId })
      const left = Math.round((Number(paidUntil) - world.clock.now().getTime()) / 86_400_000)
      for (const topic of await takeNotices(advisor)) told.push(`${topic} ${left}`)
    }
  }
  return told
}

async function takeNotices({ advisorId }: TestAdvisor): Promise<string[]> {
  const { rows } = await world.db.pool.query<{ topic: string }>(
    `delete from outbox where queue = 'identity.send-mail' and payload -> 'data' ->> 'advisorId' = $1
     returning payload -> 'data' ->> 'topic' as topic`,
    [advisorId],
  )
  return rows.map(({ topic }) => topic).filter((topic) => topic !== 'invoice_issued')
}

describe('a year that is paid once', () => {
  test('is reminded of 30, 7 and 1 days before its end, is renewed without a gap, and then no more is said', async () => {
    const advisor = await makeAdvisor(world)
    const yearly = { plan: 'standard', period: 'yearly' } as const
    const first = await subscribe(advisor.owner(), yearly)
    await world.control(`/orders/${first.checkout?.razorpayOrderId}/pay`, { method: 'upi' })
    await world.catchUp()
    await expect(subscribe(advisor.owner(), yearly)).rejects.toMatchObject({ code: 'conflict' })
    await world.advance(330)
    expect(await dunned(advisor, 10)).toEqual(['renewal_due 30'])
    const next = await subscribe(advisor.owner(), yearly)
    expect(next).toMatchObject({ state: 'created', amountPaise: 2_358_820, standing: 'none' })
    expect((await subscribe(advisor.owner(), yearly)).id).toBe(next.id)
    // Nothing is paid yet: the reminders go on.
    expect(await dunned(advisor, 20)).toEqual(['renewal_due 7'])
    await world.control(`/orders/${next.checkout?.razorpayOrderId}/pay`, { method: 'upi' })
    await world.catchUp()
    const [old] = await world.rows(advisor)
    const end = Number(old?.paidUntil)
    expect(await dunned(advisor, 4)).toEqual([])
    const tier = async () => (await getProfile(advisor.key('profile:read'), {})).tier
    // Two seconds before the end of one, and after the start of the other, with no job having run.
    await world.advance((end - world.clock.now().getTime() - 2_000) / 86_400_000)
    expect(await tier()).toBe('standard')
    await world.advance(4 / 86_400)
    expect(await tier()).toBe('standard')
    await world.advance(2)
    expect(await tier()).toBe('standard')
    await world.poll()
    const rows = await world.rows(advisor)
    expect(rows.map(({ state }) => state)).toEqual(['completed', 'active'])
    expect(new Date(end).toISOString().slice(5, 10)).toBe(rows[1]?.paidUntil?.toISOString().slice(5, 10))
    const money = await world.money(advisor)
    expect([money.payments.length, money.refunds]).toEqual([2, []])
  })
})

describe('late and failing money', () => {
  test('grace holds the tier while Razorpay tries; a halt ends it, a new card brings it back', async () => {
    const advisor = await world.subscribed('pro')
    for (let i = 0; i < 4; i++)
      await world.control(`/subscriptions/${advisor.razorpayId}/next_charge`, { outcome: 'fail' })
    await world.advance(32)
    await world.catchUp()
    expect((await getSubscription(advisor.owner(), {})).current).toMatchObject({ state: 'pending', standing: 'grace' })
    expect(await world.tierOf(advisor)).toBe('pro')
    await world.advance(4)
    await world.catchUp()
    const { current, tier } = await getSubscription(advisor.owner(), {})
    expect([current?.state, current?.standing, tier]).toEqual(['halted', 'none', 'basic'])
    expect(current?.checkout?.url).toContain('/checkout/')
    expect(await world.tierOf(advisor)).toBe('basic')
    await world.control(`/subscriptions/${advisor.razorpayId}/new_card`, {})
    await world.catchUp()
    expect(await world.tierOf(advisor)).toBe('pro')
    expect((await world.money(advisor)).payments).toHaveLength(2)
  })

  test('a debit that lands four days late is waited for, and the tier never falls', async () => {
    const advisor = await world.subscribed('standard', 'emandate')
    await world.control(`/subscriptions/${advisor.razorpayId}/next_charge`, { outcome: 'late', days: 4 })
    await world.advance(28)
    for (let day = 28; day < 36; day++) {
      await world.advance(1)
      await world.catchUp()
      await world.poll()
      expect(await world.tierOf(advisor)).toBe('standard')
    }
    expect((await world.money(advisor)).payments).toHaveLength(2)
  })
})

test('a signature of Checkout proves a payment of our own subscription and of no other', async () => {
  const [mine, other] = [await makeAdvisor(world), await makeAdvisor(world)]
  const opened = await subscribe(mine.owner(), { plan: 'standard' })
  const foreign = await subscribe(other.owner(), { plan: 'standard' })
  const subscription = String(opened.checkout?.razorpaySubscriptionId)
  const url = String(opened.checkout?.url)
  const page = await (await fetch(url, { method: 'POST', body: new URLSearchParams({ method: 'upi' }) })).text()
  const field = (name: string) => new RegExp(`${name}&quot;: &quot;([^&]+)`).exec(page)?.[1] ?? ''
  const input = {
    razorpay_payment_id: field('razorpay_payment_id'),
    razorpay_subscription_id: subscription,
    razorpay_signature: field('razorpay_signature'),
  }
  const wrong = createHmac('sha256', 'x').update('y').digest('hex')
  await expect(confirmCheckout(mine.owner(), { ...input, razorpay_signature: wrong })).rejects.toMatchObject({
    code: 'forbidden',
  })
  const foreignId = String(foreign.checkout?.razorpaySubscriptionId)
  await expect(confirmCheckout(mine.owner(), { ...input, razorpay_subscription_id: foreignId })).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(confirmCheckout(other.owner(), input)).rejects.toMatchObject({ code: 'not_found' })
  expect(await confirmCheckout(mine.owner(), input)).toMatchObject({ state: 'active', standing: 'paid' })
  expect(await world.tierOf(mine)).toBe('standard')
  expect(await world.tierOf(other)).toBe('basic')
  await world.catchUp()
  expect((await world.money(mine)).payments).toHaveLength(1)
  const entries = await world.db.read
    .select()
    .from(schema.subscriptions)
    .where(eq(schema.subscriptions.advisorId, other.advisorId))
  expect(entries).toMatchObject([{ state: 'created' }])
})
