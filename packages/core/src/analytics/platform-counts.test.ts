import { schema } from '@pramaan/db'
import type { ReviewKind, ReviewState, Tier } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { readPlatform } from './read-platform.ts'

const { analyticsMessages, payments, reviews, whatsappConnections } = schema
const world = await testWorld()
const admin = makeStaff(world, 'admin')
const now = world.clock.now()
const HOUR_MS = 3_600_000
const ago = (hours: number) => new Date(now.getTime() - hours * HOUR_MS)
const id = () => world.ctx().newId()

async function addReview(
  advisorId: string,
  review: { kind?: ReviewKind; state: ReviewState; createdAt: Date; dueAt: Date; updatedAt: Date },
): Promise<string> {
  const reviewId = id()
  const about = { contentId: id(), versionId: id(), verdictId: id(), authorId: id() }
  await world.db.read.insert(reviews).values({ advisorId, id: reviewId, ...about, path: 'firm', score: 50, ...review })
  return reviewId
}

const firmOf = (tier: Tier) => makeAdvisor(world, { tier })

test('the desk: what waits and what is overdue now, and decisions against what the tier was promised', async () => {
  const [pro, basic] = [await firmOf('pro'), await firmOf('basic')]
  const decided = (hours: number, kind: ReviewKind = 'decision') =>
    addReview(pro.advisorId, {
      kind,
      state: 'approved',
      createdAt: ago(20),
      dueAt: ago(18),
      updatedAt: ago(20 - hours),
    })
  for (const hours of [1, 1, 3]) await decided(hours)
  await decided(15, 'second_look')
  const waits = { state: 'open' as const, createdAt: ago(30), updatedAt: ago(30) }
  await addReview(basic.advisorId, { ...waits, dueAt: ago(1) })
  await addReview(basic.advisorId, { ...waits, dueAt: ago(-1), createdAt: ago(2) })
  await addReview(basic.advisorId, { ...waits, dueAt: ago(-1), kind: 'appeal', state: 'claimed' })

  const { reviews: desk } = await readPlatform(admin, {})
  expect(desk.load).toEqual([
    { tier: 'basic', kind: 'appeal', waiting: 1, overdue: 0, oldestAt: ago(30).toISOString() },
    { tier: 'basic', kind: 'decision', waiting: 2, overdue: 1, oldestAt: ago(30).toISOString() },
  ])
  const none = { p50: null, p90: null, p99: null }
  expect(desk.turnaround).toEqual([
    { tier: 'basic', promisedHours: 24, decided: 0, onTime: 0, seconds: none, ofPromise: none },
    { tier: 'standard', promisedHours: 8, decided: 0, onTime: 0, seconds: none, ofPromise: none },
    {
      tier: 'pro',
      promisedHours: 2,
      decided: 3,
      onTime: 2,
      seconds: { p50: 3_600, p90: 3_600 * 2.6, p99: expect.closeTo(3_600 * 2.96, 6) },
      ofPromise: { p50: 0.5, p90: expect.closeTo(1.3, 9), p99: expect.closeTo(1.48, 9) },
    },
  ])
  const yesterday = await readPlatform(admin, { from: '2026-11-01', to: '2026-11-02' })
  expect(yesterday.reviews.turnaround.map((row) => row.decided)).toEqual([0, 0, 0])
})

test('the way in: how many of the firms that registered in the range have come how far', async () => {
  const at = new Date('2025-03-10T12:00:00Z')
  const [far, near] = [await firmOf('standard'), await makeAdvisor(world, { licences: [] })]
  await world.db.read.update(schema.advisors).set({ createdAt: at })
  const late = await firmOf('standard')
  await world.db.read.insert(whatsappConnections).values({
    ...{ advisorId: far.advisorId, id: id(), wabaId: '1', phoneNumberId: id(), state: 'connected' as const },
    ...{ accessToken: Buffer.of(1), pin: Buffer.of(1), step: 'done', updatedAt: at },
  })
  await world.db.read.insert(payments).values({
    ...{
      advisorId: far.advisorId,
      id: id(),
      subscriptionId: id(),
      razorpayPaymentId: id(),
      amountPaise: 1,
      paidAt: at,
    },
  })
  await world.db.read.insert(analyticsMessages).values({
    ...{ advisorId: far.advisorId, day: '2025-03-11', hour: 9, campaignId: id(), contentId: id(), template: 't' },
    ...{ sent: 1, delivered: 0, read: 0, replied: 0, optedOut: 0, failed: 0, priced: 0, costMillipaise: 0 },
  })
  const { onboarding, advisors } = await readPlatform(admin, { from: '2025-03-10', to: '2025-03-10' })
  const firms = Object.fromEntries(onboarding.map((step) => [step.step, step.firms]))
  const before = (firms.registered ?? 0) - 2
  expect(firms).toEqual({
    registered: before + 2,
    email_verified: 0,
    licence_verified: before + 1,
    whatsapp_connected: 1,
    text_approved: 0,
    message_sent: 1,
    paying: 1,
  })
  expect(advisors).toContainEqual({ tier: 'standard', status: 'active', count: 2 })
  expect([near.advisorId, late.advisorId]).toHaveLength(2)
})
