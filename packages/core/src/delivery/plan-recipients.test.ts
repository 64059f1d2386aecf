import { schema } from '@pramaan/db'
import { istDay } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createCampaign, getCampaign, resumeCampaign } from './index.ts'
import {
  addRecipients,
  approvedContent,
  connectedFirm,
  HANDLERS,
  newPhone,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()
const { advisors, planUsage } = schema
type Firm = Awaited<ReturnType<typeof connectedFirm>>

const usedBy = async ({ advisorId }: Firm) =>
  (await world.db.read.select().from(planUsage).where(eq(planUsage.advisorId, advisorId))).find(
    ({ meter }) => meter === 'recipients',
  )?.used
const thisMonth = () => `${istDay(world.clock.now()).slice(0, 7)}-01`
/** As if others had been written to this month, so that of the thousand of Basic only so many are left. */
async function leave(firm: Firm, left: number) {
  const row = { meter: 'recipients' as const, period: thisMonth(), used: 1_000 - left, allowed: 1_000 }
  await world.db.read.insert(planUsage).values({ advisorId: firm.advisorId, ...row })
}
const campaign = async (firm: Firm, recipientIds: string[]) =>
  createCampaign(firm.owner(), { contentId: await approvedContent(world, firm), recipientIds })

test('a person counts once in a month, and a campaign beyond the plan is refused before it is made', async () => {
  const firm = await connectedFirm(world)
  const [a = '', b = '', c = ''] = await addRecipients(firm, [newPhone(), newPhone(), newPhone()])
  await leave(firm, 2)
  await campaign(firm, [a, b])
  await world.drainJobs(HANDLERS)
  expect(await usedBy(firm)).toBe(1_000)
  const again = await campaign(firm, [b, a])
  await world.drainJobs(HANDLERS)
  expect(await usedBy(firm)).toBe(1_000)
  expect(await getCampaign(firm.owner(), { id: again.id })).toMatchObject({ state: 'sending', counts: { queued: 2 } })
  await expect(campaign(firm, [a, c])).rejects.toMatchObject({
    code: 'plan_limit_reached',
    publicMessage: expect.stringContaining('1000 recipients a month'),
  })
})

test('of campaigns that are made at once no more are sent than the plan covers; the others wait as a whole, and go on with a larger plan', async () => {
  const firm = await connectedFirm(world)
  const people = await addRecipients(
    firm,
    Array.from({ length: 6 }, () => newPhone()),
  )
  await leave(firm, 3)
  const contents = await Promise.all([1, 2, 3].map(() => approvedContent(world, firm)))
  const made = await Promise.all(
    contents.map((contentId, n) =>
      createCampaign(firm.owner(), { contentId, recipientIds: people.slice(2 * n, 2 * n + 2) }),
    ),
  )
  await world.drainJobs(HANDLERS)
  const states = async () => Promise.all(made.map(async ({ id }) => getCampaign(firm.owner(), { id })))
  const held = (await states()).filter(({ state }) => state === 'held')
  expect(held).toHaveLength(2)
  for (const one of held) {
    expect(one.heldReason).toContain('Choose a larger plan or wait for the next month')
    expect(one.counts).toEqual({})
  }
  expect(await usedBy(firm)).toBe(999)
  await world.db.read.update(advisors).set({ tier: 'standard' }).where(eq(advisors.id, firm.advisorId))
  for (const { id } of held) await resumeCampaign(firm.owner(), { id })
  await world.drainJobs(HANDLERS)
  expect(await usedBy(firm)).toBe(1_003)
  expect((await states()).map(({ counts }) => counts.accepted)).toEqual([2, 2, 2])
})

test('who opted out or never agreed counts for nothing, and a new month begins at nought', async () => {
  const firm = await connectedFirm(world)
  const [a = '', b = ''] = await addRecipients(firm, [newPhone(), newPhone()])
  await world.db.read.update(schema.recipients).set({ state: 'opted_out' }).where(eq(schema.recipients.id, b))
  await leave(firm, 1)
  await campaign(firm, [a, b])
  await world.drainJobs(HANDLERS)
  expect(await usedBy(firm)).toBe(1_000)
  world.clock.advance(31 * 86_400_000)
  await campaign(firm, [a])
  await world.drainJobs(HANDLERS)
  expect(await usedBy(firm)).toBe(1)
})
