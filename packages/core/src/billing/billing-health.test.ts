import { createHmac, randomUUID } from 'node:crypto'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { compareBooks, readBillingHealth, receiveRazorpayWebhook, subscribe } from './index.ts'
import { billingWorld, HANDLERS, WEBHOOK_SECRET } from './testing/billing-world.ts'

const world = await billingWorld()
const health = () => readBillingHealth(world.db.read, world.clock.now())

test('before anything came in there is no silence, no delay and nothing unknown', async () => {
  expect(await health()).toEqual({
    parkedEvents: 0,
    silenceMs: null,
    unknownCalls: { subscriptions: 0, refunds: 0 },
    lookDelayMs: 0,
    late: { pending: 0, halted: 0 },
    comparison: null,
  })
})

test('an event about nothing of ours waits for a person, and silence is counted from the last event', async () => {
  const rawBody = JSON.stringify({ event: 'settlement.processed', payload: {}, created_at: 1 })
  const signature = createHmac('sha256', WEBHOOK_SECRET).update(rawBody).digest('hex')
  await receiveRazorpayWebhook(world.ctx({ kind: 'anonymous' }), { rawBody, signature, eventId: randomUUID() })
  await world.drainJobs(HANDLERS)
  world.clock.advance(90_000)
  expect(await health()).toMatchObject({ parkedEvents: 1, silenceMs: 90_000 })
})

test('a call whose outcome nobody knows is an alarm after ten minutes, and the look that is overdue shows its delay', async () => {
  const advisor = await makeAdvisor(world)
  await world.fault('reset_after', { method: 'POST', path_regex: '/subscriptions$' })
  await subscribe(advisor.owner(), { plan: 'basic' })
  expect((await health()).unknownCalls.subscriptions).toBe(0)
  await world.advance(11 / 1_440)
  const late = await health()
  expect(late.unknownCalls.subscriptions).toBe(1)
  expect(late.lookDelayMs).toBeGreaterThan(9 * 60_000)
  await world.poll()
  expect(await health()).toMatchObject({ unknownCalls: { subscriptions: 0 }, lookDelayMs: 0 })
})

test('late and halted subscriptions are counted', async () => {
  const advisor = await world.subscribed('pro')
  for (let i = 0; i < 4; i++)
    await world.control(`/subscriptions/${advisor.razorpayId}/next_charge`, { outcome: 'fail' })
  await world.advance(31)
  await world.catchUp()
  expect((await health()).late).toEqual({ pending: 1, halted: 0 })
  await world.advance(5)
  await world.catchUp()
  expect((await health()).late).toEqual({ pending: 0, halted: 1 })
})

test('once a day the books are compared with Razorpay; what differs is counted, and stands in the log of audits', async () => {
  const advisor = await world.subscribed('basic')
  await world.advance(3)
  await compareBooks(world.ctx())
  expect((await health()).comparison).toMatchObject({ differing: 0 })
  const { subscriptions } = schema
  // A charge that is not booked here: nobody hears of it, and nobody asks for this subscription.
  const away = { razorpayId: `sub_${randomUUID()}`, nextLookAt: null }
  await world.db.read.update(subscriptions).set(away).where(eq(subscriptions.advisorId, advisor.advisorId))
  await world.advance(30)
  await compareBooks(world.ctx())
  const { comparison } = await health()
  expect(comparison).toMatchObject({ differing: 1, ranAgoMs: 0 })
  const rows = await world.db.read.select().from(schema.bookComparisons)
  const newest = rows.toSorted((a, b) => Number(b.ranAt) - Number(a.ranAt))[0]
  expect(await world.auditActions(newest?.id ?? '')).toEqual(['billing.compared'])
})

test('where Razorpay does not answer nothing is said of the books, and the job is tried again', async () => {
  const before = (await world.db.read.select().from(schema.bookComparisons)).length
  await world.fault('status', { method: 'GET', path_regex: '/payments$' }, { status: 503, times: 10 })
  await expect(compareBooks(world.ctx())).rejects.toMatchObject({ name: 'UpstreamError', retryable: true })
  expect(await world.db.read.select().from(schema.bookComparisons)).toHaveLength(before)
})
