import { schema } from '@pramaan/db'
import { and, eq, lt } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import { deliver, signed, whatsappWorld } from '../delivery/testing/whatsapp-firm.ts'
import { requestRecount } from './index.ts'
import { addDelivery, count, logCampaigns, logContents, makeSender, replyWebhook } from './testing.ts'

const { analyticsEvents, analyticsMessages, analyticsTexts } = schema
const world = await whatsappWorld()
/** Thirty months before the clock of the test: the facts of this day are detached, its roll-ups stand. */
const OLD = new Date('2024-05-20T06:00:00Z')
const OLD_DAY = '2024-05-20'
const HOUR_MS = 3_600_000

const firm = await makeSender(world, {
  people: 1,
  texts: [
    { content: 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.', topic: 'SIP' },
  ],
})
const { advisorId } = firm
const [campaign, person] = [firm.campaigns[0], firm.people[0]]
const { campaignId = '', contentId = '' } = campaign ?? {}
const { recipientId = '', phone = '' } = person ?? {}

test('what is told late of days whose facts are detached changes nothing of what was counted of them', async () => {
  const messages = { sent: 40, delivered: 38, read: 20, replied: 3, optedOut: 0, failed: 2, priced: 38 }
  await world.db.read.insert(analyticsMessages).values({
    ...{ advisorId, day: OLD_DAY, hour: 11, campaignId, contentId, template: 'pramaan_message' },
    ...{ ...messages, costMillipaise: 1 },
  })
  const texts = {
    judged: 5,
    clean: 4,
    sentBack: 1,
    rejected: 0,
    approved: 4,
    scores: 90,
    approvalSeconds: [1, 2, 3, 4],
  }
  await world.db.read.insert(analyticsTexts).values({ advisorId, day: OLD_DAY, contentId, ...texts })
  const deliveryId = await addDelivery(world, firm, {
    ...{ campaignId, recipientId, at: OLD, state: 'read' },
    times: { acceptedAt: OLD, readAt: new Date(OLD.getTime() + HOUR_MS) },
  })
  const about = { id: 'late-reply', phone, text: 'Thank you', at: new Date(OLD.getTime() + 2 * HOUR_MS) }
  await deliver(world, [signed(replyWebhook(firm, { ...about, answers: deliveryId }))])
  await logCampaigns(world, firm, [campaignId])
  await logContents(world, firm, [contentId])
  await count(world)

  const isOld = and(eq(analyticsEvents.advisorId, advisorId), lt(analyticsEvents.day, '2024-09-01'))
  expect(await world.db.read.select().from(analyticsEvents).where(isOld)).toEqual([])
  const ofDay = and(eq(analyticsMessages.advisorId, advisorId), eq(analyticsMessages.day, OLD_DAY))
  expect(await world.db.read.select().from(analyticsMessages).where(ofDay)).toMatchObject([messages])
  const decided = and(eq(analyticsTexts.advisorId, advisorId), eq(analyticsTexts.day, OLD_DAY))
  expect(await world.db.read.select().from(analyticsTexts).where(decided)).toMatchObject([texts])
})

test('days whose facts may be detached are not counted from scratch, and neither are days in the wrong order', async () => {
  const admin = makeStaff(world, 'admin')
  const ask = (from: string, to: string) => requestRecount(admin, { from, to })
  await expect(ask('2024-09-23', '2024-10-01')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(ask('2026-11-02', '2026-11-01')).rejects.toMatchObject({ code: 'invalid_input' })
  expect(await ask('2024-09-24', '2024-10-01')).toEqual({ from: '2024-09-24', to: '2024-10-01' })
})
