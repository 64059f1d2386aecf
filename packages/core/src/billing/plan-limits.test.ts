import { schema } from '@pramaan/db'
import { istDay, type Tier } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { checkSynchronously } from '../compliance/index.ts'
import { createContent, getContent, reviseContent, submitContent } from '../content/index.ts'
import { getProfile } from '../identity/index.ts'
import { subscribe } from './index.ts'
import { billingWorld } from './testing/billing-world.ts'

const world = await billingWorld()
const { contents, planUsage } = schema
const DAY_MS = 86_400_000

const onTier = (advisor: TestAdvisor, tier: Tier) => ({ ...advisor.owner(), tier })
const usedBy = async ({ advisorId }: TestAdvisor) =>
  (await world.db.read.select().from(planUsage).where(eq(planUsage.advisorId, advisorId)))[0]?.used ?? 0
/** As if the firm had asked for so many checks today already. */
async function haveUsed(advisor: TestAdvisor, used: number, day = today()) {
  const row = { advisorId: advisor.advisorId, meter: 'checks' as const, period: day, used, allowed: used }
  await world.db.read.insert(planUsage).values(row)
}
const today = () => istDay(world.clock.now())
const CHECK = { text: 'SIP is a habit.', licence: 'MFD' } as const
const refused = {
  code: 'plan_limit_reached',
  publicMessage: expect.stringMatching(/500 checks a day.*next day in India/),
}

test('of forty texts and checks at once, with ten checks left, ten pass, and what was refused left nothing behind', async () => {
  const advisor = await makeAdvisor(world)
  await haveUsed(advisor, 490)
  const ask = (n: number) =>
    n % 2 === 0
      ? createContent(advisor.owner(), { content: `Text ${n}.`, submit: true })
      : checkSynchronously(advisor.owner(), CHECK)
  const all = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => ask(n)))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject(refused)
  expect(await usedBy(advisor)).toBe(500)
  const written = all.filter((one, n) => n % 2 === 0 && one.status === 'fulfilled').length
  expect(await world.db.read.$count(contents, eq(contents.advisorId, advisor.advisorId))).toBe(written)
})

test('every way to a check counts, what fails does not, and without a check everything can still be written and read', async () => {
  const advisor = await makeAdvisor(world)
  const owner = advisor.owner()
  await createContent(owner, { content: 'One.', externalId: 'a', submit: true })
  await expect(createContent(owner, { content: 'Two.', externalId: 'a', submit: true })).rejects.toMatchObject({
    code: 'conflict',
  })
  expect(await usedBy(advisor)).toBe(1)
  const { contentId: id } = await createContent(owner, { content: 'Three.', submit: false })
  expect(await usedBy(advisor)).toBe(1)
  await submitContent(owner, { id })
  await reviseContent(owner, { id, content: 'Four.', submit: true })
  await checkSynchronously(owner, CHECK)
  expect(await usedBy(advisor)).toBe(4)
  await world.db.read
    .update(planUsage)
    .set({ used: 500, allowed: 500 })
    .where(eq(planUsage.advisorId, advisor.advisorId))
  await expect(reviseContent(owner, { id, content: 'Five.', submit: true })).rejects.toMatchObject(refused)
  await expect(checkSynchronously(owner, CHECK)).rejects.toMatchObject(refused)
  expect(await getContent(owner, { id })).toMatchObject({ content: 'Four.' })
  await reviseContent(owner, { id, content: 'Five.', submit: false })
  await expect(submitContent(owner, { id })).rejects.toMatchObject(refused)
})

test('a larger plan holds for the next check, a smaller one too, and the count begins anew at midnight in India', async () => {
  const advisor = await makeAdvisor(world)
  await haveUsed(advisor, 500)
  await expect(checkSynchronously(onTier(advisor, 'basic'), CHECK)).rejects.toMatchObject(refused)
  await checkSynchronously(onTier(advisor, 'standard'), CHECK)
  await expect(checkSynchronously(onTier(advisor, 'basic'), CHECK)).rejects.toMatchObject(refused)
  const [hours = 0, minutes = 0] = world.clock.now().toISOString().slice(11, 16).split(':').map(Number)
  const sinceMidnightMs = (hours * 60 + minutes) * 60_000 + 19_800_000
  await world.advance((DAY_MS - (sinceMidnightMs % DAY_MS) + 60_000) / DAY_MS)
  await checkSynchronously(onTier(advisor, 'basic'), CHECK)
  expect(await usedBy(advisor)).toBe(1)
})

test('nobody else`s checks count', async () => {
  const [mine, other] = [await makeAdvisor(world), await makeAdvisor(world)]
  await haveUsed(mine, 500)
  await checkSynchronously(other.owner(), CHECK)
  expect(await usedBy(other)).toBe(1)
})

test('a year that was paid once ends by the clock: no job, no webhook, and the firm is on Basic at its next request', async () => {
  const advisor = await makeAdvisor(world)
  const { checkout } = await subscribe(advisor.owner(), { plan: 'pro', period: 'yearly' })
  await world.control(`/orders/${checkout?.razorpayOrderId}/pay`, { method: 'upi' })
  await world.catchUp()
  const tier = async () => (await getProfile(advisor.key('profile:read'), {})).tier
  expect(await tier()).toBe('pro')
  const [row] = await world.rows(advisor)
  world.clock.advance(Number(row?.paidUntil) - 1 - world.clock.now().getTime())
  expect(await tier()).toBe('pro')
  world.clock.advance(1)
  expect(await tier()).toBe('basic')
})
