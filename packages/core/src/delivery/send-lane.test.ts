import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import type { TemplateMessage, WhatsappClient } from '../clients/whatsapp/index.ts'
import { suspendAdvisor } from '../identity/index.ts'
import { createCampaign, dispatchCampaign, getCampaign, optOutRecipient, sendDeliveries } from './index.ts'
import {
  addRecipients,
  approvedContent,
  CLEAN,
  connectedFirm,
  control,
  deliver,
  deliveriesOf,
  type Firm,
  HANDLERS,
  makeCampaign,
  messagesOf,
  newPhone,
  newWebhooks,
  realClient,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

/** Every message in the order in which it was sent, by the number that sent it. */
const sent: string[] = []
const real = realClient()
const whatsapp: WhatsappClient = {
  ...real,
  sendTemplate: (token, number, message: TemplateMessage) => {
    sent.push(number)
    return real.sendTemplate(token, number, message)
  },
}
const world = await whatsappWorld({ whatsapp })
const { campaigns, licences, sendLanes, whatsappConnections } = schema

const dispatchOnly = () => world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
const turn = (firm: Firm) => sendDeliveries(world.ctx(), { advisorId: firm.advisorId })
const setNumber = (firm: Firm, limits: { throughput?: number; dailyPeople?: number | null }) =>
  world.db.read.update(whatsappConnections).set(limits).where(eq(whatsappConnections.advisorId, firm.advisorId))
/** A number's pace goes by the database's clock, which no test moves; this is a pause of two seconds. */
const rest = (firm: Firm) =>
  world.db.pool.query(
    `update send_lanes set taken_at = taken_at - interval '2 s', wake_at = null where advisor_id = $1`,
    [firm.advisorId],
  )
const statesOf = async (firm: Firm, campaignId: string) =>
  (await deliveriesOf(world, firm, campaignId)).map((row) => row.state).sort()

test('an advisor with very many queued does not delay one with five: they take turns', async () => {
  const [large, small] = [await connectedFirm(world), await connectedFirm(world)]
  await makeCampaign(world, large, 100)
  await dispatchOnly()
  await makeCampaign(world, small, 5)
  sent.length = 0
  await world.drainJobs(HANDLERS)
  const last = sent.lastIndexOf(small.phoneNumberId)
  expect(sent.filter((number) => number === small.phoneNumberId)).toHaveLength(5)
  // Two turns of the large one at the most come before the small one's only turn.
  expect(sent.slice(0, last).filter((number) => number === large.phoneNumberId).length).toBeLessThanOrEqual(40)
  expect(sent.filter((number) => number === large.phoneNumberId)).toHaveLength(60)
})

test('a number sends no more in a second than it may, and goes on after it', async () => {
  const firm = await connectedFirm(world)
  await setNumber(firm, { throughput: 20 })
  const { campaignId } = await makeCampaign(world, firm, 40)
  for (const total of [15, 30, 40]) {
    await world.drainJobs(HANDLERS)
    await turn(firm)
    expect(await messagesOf(firm)).toHaveLength(total)
    await rest(firm)
    await turn(firm)
  }
  expect(new Set(await statesOf(firm, campaignId))).toEqual(new Set(['accepted']))
})

test('two workers at once do not exceed the pace together', async () => {
  const firm = await connectedFirm(world)
  await setNumber(firm, { throughput: 20 })
  await makeCampaign(world, firm, 40)
  await dispatchOnly()
  await Promise.all(Array.from({ length: 8 }, () => turn(firm)))
  expect(await messagesOf(firm)).toHaveLength(15)
})

test('when WhatsApp says that the number is too fast, the whole number pauses', async () => {
  const firm = await connectedFirm(world)
  await makeCampaign(world, firm, 45)
  await dispatchOnly()
  const match = { path_regex: `/${firm.phoneNumberId}/messages$` }
  await control('POST', '/faults', { match, times: 1, kind: 'rate_429', code: 130429 })
  await turn(firm)
  expect(await messagesOf(firm)).toHaveLength(19)
  await turn(firm)
  expect(await messagesOf(firm)).toHaveLength(19)
  const mine = eq(sendLanes.advisorId, firm.advisorId)
  await world.db.read.update(sendLanes).set({ pausedUntil: null }).where(mine)
  await turn(firm)
  expect(await messagesOf(firm)).toHaveLength(39)
})

test('one person gets one message in six seconds, in the order of the campaigns', async () => {
  const firm = await connectedFirm(world)
  const recipientIds = await addRecipients(firm, [newPhone()])
  for (const words of ['first', 'second', 'third']) {
    const contentId = await approvedContent(world, firm, `${CLEAN} This is the ${words} text.`)
    await createCampaign(firm.owner(), { contentId, recipientIds })
  }
  const textsSent = async () => (await messagesOf(firm)).map(({ text }) => /the (\w+) text/.exec(text)?.[1])
  await world.drainJobs(HANDLERS)
  for (const expected of [['first'], ['first', 'second'], ['first', 'second', 'third']]) {
    expect(await textsSent()).toEqual(expected)
    world.clock.advance(5_999)
    await turn(firm)
    expect(await textsSent()).toEqual(expected)
    world.clock.advance(1)
    await turn(firm)
  }
})

test('no more new persons are reached in 24 hours than the limit says; an open conversation does not count', async () => {
  const firm = await connectedFirm(world)
  await setNumber(firm, { dailyPeople: 3 })
  const { campaignId, recipientIds } = await makeCampaign(world, firm, 5)
  const { recipients } = schema
  await world.db.read
    .update(recipients)
    .set({ lastInboundAt: world.clock.now() })
    .where(and(eq(recipients.advisorId, firm.advisorId), eq(recipients.id, recipientIds[0] ?? '')))
  await world.drainJobs(HANDLERS)
  await turn(firm)
  expect(await messagesOf(firm)).toHaveLength(4)
  world.clock.advance(24 * 3_600_000 + 1)
  await turn(firm)
  expect(await statesOf(firm, campaignId)).toEqual(Array(5).fill('accepted'))
})

test('a person`s limit of the day is tried once more after 24 hours, and then no more', async () => {
  const firm = await connectedFirm(world)
  const seen = new Set<string>()
  const { campaignId, phones } = await makeCampaign(world, firm, 1)
  await control('POST', `/users/${encodeURIComponent(phones[0] ?? '')}`, { waba: firm.wabaId, marketingCapped: true })
  await world.drainJobs(HANDLERS)
  await deliver(world, await newWebhooks(firm, seen))
  expect(await statesOf(firm, campaignId)).toEqual(['failed', 'queued'])
  await turn(firm)
  expect(await messagesOf(firm)).toHaveLength(1)
  // The double lives by a clock of its own, so its failure may be later than our now.
  world.clock.advance(96 * 3_600_000)
  await turn(firm)
  expect(await messagesOf(firm)).toHaveLength(2)
  await deliver(world, await newWebhooks(firm, seen))
  expect(await statesOf(firm, campaignId)).toEqual(['failed', 'failed'])
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'completed' })
})

/** A campaign under way to very many people, who are made by the database. */
async function hugeCampaign(people: number) {
  const firm = await connectedFirm(world)
  const { campaignId, contentId, recipientIds } = await makeCampaign(world, firm, 1)
  await dispatchOnly()
  const values = [firm.advisorId, campaignId, people, world.clock.now()]
  await world.db.pool.query(
    `with made as (
        insert into recipients (advisor_id, id, phone_hash, phone, state, updated_at)
        select $1, gen_random_uuid(), decode(md5(n::text || $2::text), 'hex'), 'x', 'active', $4
        from generate_series(1, $3::integer) n returning id
      ), agreed as (
        insert into consents (advisor_id, id, recipient_id, action, purpose, source, wording, occurred_at)
        select $1, gen_random_uuid(), id, 'granted', 'marketing', 'form', 'yes', $4 from made
      )
      insert into deliveries (advisor_id, id, campaign_id, recipient_id, due_at, created_at, updated_at)
      select $1, gen_random_uuid(), $2::uuid, id, $4, $4, $4 from made`,
    values,
  )
  return { firm, campaignId, contentId, personId: recipientIds[0] ?? '' }
}

test('with 50,000 queued, whatever ends the permission stops all of them at the next turn', {
  timeout: 120_000,
}, async () => {
  const { firm, campaignId, contentId, personId } = await hugeCampaign(50_000)
  const mine = eq(campaigns.id, campaignId)
  const endings: [string, () => Promise<unknown>, RegExp][] = [
    [
      'the licence lapses',
      () => world.db.read.update(licences).set({ state: 'lapsed' }).where(eq(licences.advisorId, firm.advisorId)),
      /licence/,
    ],
    [
      'the account is suspended',
      async () => {
        await world.db.read.update(licences).set({ state: 'verified' }).where(eq(licences.advisorId, firm.advisorId))
        await suspendAdvisor(makeStaff(world, 'admin'), { id: firm.advisorId, reason: 'complaint 4711' })
      },
      /not active/,
    ],
    [
      'the approval is about another version',
      async () => {
        const { advisors, contents } = schema
        await world.db.read.update(advisors).set({ status: 'active' }).where(eq(advisors.id, firm.advisorId))
        await world.db.read.update(contents).set({ status: 'suspended' }).where(eq(contents.id, contentId))
      },
      /approval/,
    ],
  ]
  for (const [, end, reason] of endings) {
    await world.db.read.update(campaigns).set({ state: 'sending', heldReason: null }).where(mine)
    await end()
    await Promise.all([turn(firm), turn(firm)])
    await world.drainJobs(HANDLERS)
    expect(await messagesOf(firm)).toEqual([])
    const held = await getCampaign(firm.owner(), { id: campaignId })
    expect(held).toMatchObject({ state: 'held', heldReason: expect.stringMatching(reason), counts: { queued: 50_001 } })
  }
  await optOutRecipient(firm.owner(), { id: personId })
  const { counts } = await getCampaign(firm.owner(), { id: campaignId })
  expect(counts).toMatchObject({ queued: 50_000, cancelled: 1 })
})
