import { schema } from '@pramaan/db'
import { istDay } from '@pramaan/shared'
import { asc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import { shuffled } from '../delivery/testing/shuffled.ts'
import { deliver, HANDLERS, signed, whatsappWorld } from '../delivery/testing/whatsapp-firm.ts'
import { eraseRecipient, runErasure } from '../privacy/index.ts'
import { countFacts, requestRecount } from './index.ts'
import { addDelivery, count, makeSender, randomFrom, replyWebhook, type Sender, statusWebhook } from './testing.ts'

const world = await whatsappWorld()
const { analyticsCursor, analyticsEvents, analyticsFindings, analyticsMessages, analyticsTexts } = schema
const { deliveries, messageCosts } = schema
const MINUTE_MS = 60_000

const TEXTS = [
  { content: 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.', topic: 'SIP' },
  { content: 'An emergency fund of six months of expenses comes before other goals.', topic: 'Saving' },
]

interface History {
  firm: Sender
  webhooks: { person: number; body: object }[]
}

/** Some days of a firm: messages, what WhatsApp tells of them, and answers, all at random times around midnight in India. */
async function makeHistory(seed: number): Promise<History> {
  const random = randomFrom(seed)
  const pick = (below: number) => Math.floor(random() * below)
  const firm = await makeSender(world, { people: 6, texts: TEXTS })
  const history: History = { firm, webhooks: [] }
  for (let message = 0; message < 24; message++) {
    const person = pick(firm.people.length)
    const { recipientId, phone } = firm.people[person] ?? { recipientId: '', phone: '' }
    const { campaignId } = firm.campaigns[pick(2)] ?? { campaignId: '' }
    const sentAt = new Date(Date.parse('2026-11-20T15:00:00Z') + pick(72 * 60) * MINUTE_MS)
    const after = (minutes: number) => new Date(sentAt.getTime() + pick(minutes) * MINUTE_MS)
    const deliveryId = await addDelivery(world, firm, { campaignId, recipientId, at: sentAt })
    const status = (what: 'sent' | 'delivered' | 'read' | 'failed', at: Date) =>
      history.webhooks.push({ person, body: statusWebhook(firm, { deliveryId, phone, status: what, at }) })
    // Each word is missing now and then, and the read receipt may be the only one. Nobody is erased while a message to
    // them is open, so the first person, who will be, is told of every one.
    if (person === 0 || random() < 0.7) status('sent', after(3))
    if (random() < 0.15) status('failed', after(30))
    else {
      if (random() < 0.7) status('delivered', after(600))
      if (random() < 0.5) status('read', after(1_500))
    }
    if (random() < 0.3) {
      const reply = { id: `reply-${seed}-${message}`, phone, text: 'Thank you', at: after(3_000) }
      const answers = random() < 0.5 ? { answers: deliveryId } : {}
      history.webhooks.push({ person, body: replyWebhook(firm, { ...reply, ...answers }) })
    }
    if (random() < 0.1) {
      const stop = { id: `stop-${seed}-${message}`, phone, text: 'STOP', at: after(3_000) }
      history.webhooks.push({ person, body: replyWebhook(firm, stop) })
    }
  }
  return history
}

type Rows<Table extends { $inferSelect: unknown }> = Table['$inferSelect'][]

/** What the rows say, counted one by one in the plainest way. Replies are handed in, as some may be erased by now. */
async function oracle(firm: Sender, replies: Rows<typeof schema.replies>) {
  const messages = await world.db.read.select().from(deliveries).where(eq(deliveries.advisorId, firm.advisorId))
  const prices = await world.db.read.select().from(messageCosts).where(eq(messageCosts.advisorId, firm.advisorId))
  const ledger = await world.db.read.select().from(schema.consents).where(eq(schema.consents.advisorId, firm.advisorId))
  const earliest = (...times: (Date | null)[]) => {
    const known = times.filter((time) => time !== null).map((time) => time.getTime())
    return known.length === 0 ? null : new Date(Math.min(...known))
  }
  const takenAt = (one: Message) => earliest(one.acceptedAt, one.sentAt, one.deliveredAt, one.readAt)
  type Message = (typeof messages)[number]
  const stops = ledger.filter((one) => one.action === 'withdrawn')
  const isStop = (reply: (typeof replies)[number]) =>
    stops.some(
      (one) => one.recipientId === reply.recipientId && one.occurredAt.getTime() === reply.receivedAt.getTime(),
    )
  const answers = [
    ...replies
      .filter((reply) => !isStop(reply))
      .map(({ recipientId, deliveryId, receivedAt: at }) => ({
        kind: 'replied' as const,
        recipientId,
        deliveryId,
        at,
      })),
    ...stops.map(({ recipientId, occurredAt: at }) => ({
      kind: 'optedOut' as const,
      recipientId,
      deliveryId: null,
      at,
    })),
  ]
  const answered = { replied: new Set<string>(), optedOut: new Set<string>() }
  for (const { kind, recipientId, deliveryId, at } of answers) {
    const before = messages
      .map((message) => ({ message, taken: takenAt(message)?.getTime() ?? Number.NaN }))
      .filter(({ message, taken }) => message.recipientId === recipientId && taken <= at.getTime())
      .filter(({ taken }) => taken >= at.getTime() - 7 * 86_400_000)
      .toSorted((a, b) => a.taken - b.taken || (a.message.id < b.message.id ? -1 : 1))
    const id = deliveryId ?? before.at(-1)?.message.id
    if (id !== undefined) answered[kind].add(id)
  }
  const cells = new Map<string, Record<string, number>>()
  for (const message of messages) {
    const taken = takenAt(message)
    const counted = new Date(Math.max((taken ?? message.failedAt)?.getTime() ?? 0, message.createdAt.getTime()))
    const priced = prices.filter((price) => price.deliveryId === message.id)
    const own = {
      sent: taken ? 1 : 0,
      delivered: message.deliveredAt || message.readAt ? 1 : 0,
      read: message.readAt ? 1 : 0,
      replied: answered.replied.has(message.id) ? 1 : 0,
      optedOut: answered.optedOut.has(message.id) ? 1 : 0,
      failed: message.state === 'failed' ? 1 : 0,
      priced: priced.length,
      costMillipaise: priced.reduce((sum, price) => sum + (price.amountMillipaise ?? 0), 0),
    }
    if (Object.values(own).every((value) => value === 0)) continue
    const hour = new Date(counted.getTime() + 19_800_000).getUTCHours()
    const key = `${istDay(counted)} ${hour} ${message.campaignId}`
    const cell = cells.get(key) ?? Object.fromEntries(Object.keys(own).map((name) => [name, 0]))
    for (const [name, value] of Object.entries(own)) cell[name] = (cell[name] ?? 0) + value
    cells.set(key, cell)
  }
  return Object.fromEntries([...cells].toSorted())
}

/** The roll-up, in the form of the oracle. */
async function rolledUp(firm: Sender) {
  const rows = await world.db.read
    .select()
    .from(analyticsMessages)
    .where(eq(analyticsMessages.advisorId, firm.advisorId))
  const cells = rows.map(({ advisorId, day, hour, campaignId, contentId, language, template, ...counts }) => {
    expect([language, template]).toEqual(['en', 'pramaan_message'])
    expect(contentId).toBe(firm.campaigns.find((one) => one.campaignId === campaignId)?.contentId)
    return [`${day} ${hour} ${campaignId}`, counts] as const
  })
  return Object.fromEntries(cells.toSorted())
}

const repliesOf = (firm: Sender) =>
  world.db.read.select().from(schema.replies).where(eq(schema.replies.advisorId, firm.advisorId))
const eventsOf = (firm: Sender) =>
  world.db.read
    .select()
    .from(analyticsEvents)
    .where(eq(analyticsEvents.advisorId, firm.advisorId))
    .orderBy(asc(analyticsEvents.objectId), asc(analyticsEvents.kind), asc(analyticsEvents.rule))

test.each([1, 2, 3, 4, 5])(
  'what is counted equals what a plain count of the rows gives, however late, often and out of order it was told (%i)',
  async (seed) => {
    const random = randomFrom(seed * 7_919)
    const { firm, webhooks } = await makeHistory(seed)
    const [erased] = firm.people
    // Everything about the one who is erased comes before; a third of all comes twice.
    const told = shuffled([...webhooks, ...webhooks.filter(() => random() < 0.33)], seed)
    const [first, second] = [told.filter(({ person }) => person === 0), told.filter(({ person }) => person !== 0)]
    const early = shuffled([...first, ...second.slice(0, 30)], seed + 1)
    const seen = new Map<string, Rows<typeof schema.replies>[number]>()
    const tell = async (some: typeof told) => {
      for (let start = 0; start < some.length; start += 10) {
        await deliver(
          world,
          some.slice(start, start + 10).map(({ body }) => signed(body)),
        )
        if (random() < 0.4) await count(world)
      }
      for (const reply of await repliesOf(firm)) seen.set(reply.id, reply)
    }
    await tell(early)
    await count(world)
    await eraseRecipient(firm.owner(), { id: erased?.recipientId ?? '', confirm: 'ERASE' })
    await world.drainJobs({ ...HANDLERS, 'privacy.erase': runErasure })
    await tell(second.slice(30))
    await count(world)
    const counted = await rolledUp(firm)
    expect(counted).toEqual(await oracle(firm, [...seen.values()]))
    expect(Object.keys(counted).length).toBeGreaterThan(10)

    const facts = await eventsOf(firm)
    expect(new Set(facts.map((fact) => [fact.objectId, fact.kind, fact.rule].join())).size).toBe(facts.length)
    // The whole log once more, and every day from scratch: the same facts and numbers.
    await world.db.read.update(analyticsCursor).set({ nextLeaf: 0 })
    await count(world)
    expect(await eventsOf(firm)).toEqual(facts)
    for (const table of [analyticsMessages, analyticsTexts, analyticsFindings]) await world.db.read.delete(table)
    await requestRecount(makeStaff(world, 'admin'), { from: '2026-11-18', to: '2026-11-26' })
    await world.drainJobs({ 'analytics.rollup': countFacts })
    expect(await rolledUp(firm)).toEqual(counted)
  },
)
