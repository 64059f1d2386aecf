import { schema } from '@pramaan/db'
import { FactListInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { claimReview, rejectReview, runStage } from '../compliance/index.ts'
import { createContent } from '../content/index.ts'
import { whatsappWorld } from '../delivery/testing/whatsapp-firm.ts'
import { getCompliance, getEngagement, getOverview, getTrends, listFacts, requestExport } from './index.ts'
import { addDelivery, count, logCampaigns, makeSender, randomFrom, type Sender } from './testing.ts'

const world = await whatsappWorld()
const RANGE = { from: '2026-11-15', to: '2026-11-24' }
const HOUR_MS = 3_600_000
const after = (at: Date, hours: number) => new Date(at.getTime() + hours * HOUR_MS)

/** Texts of two topics, a campaign for each. */
const TEXTS = Array.from({ length: 12 }, (_, index) => ({
  content: `Letter ${index + 1}: a monthly habit of saving helps with goals. Mutual fund returns are not guaranteed.`,
  topic: index % 2 === 0 ? 'SIP' : 'Budget',
}))

/** Sends to one person again and again, and has so large a share of each topic read. */
async function sendLetters(firm: Sender, shares: { SIP: number; Budget: number }, random: () => number) {
  const [person] = firm.people
  for (const [index, { campaignId }] of firm.campaigns.entries()) {
    const at = new Date(Date.parse('2026-11-16T04:40:00Z') + (index % 7) * 24 * HOUR_MS)
    const share = index % 2 === 0 ? shares.SIP : shares.Budget
    for (let message = 0; message < 20; message++) {
      const isRead = random() < share
      const times = { acceptedAt: at, deliveredAt: after(at, 1), ...(isRead ? { readAt: after(at, 5) } : {}) }
      const state = isRead ? ('read' as const) : ('delivered' as const)
      await addDelivery(world, firm, { campaignId, recipientId: person?.recipientId ?? '', at, state, times })
    }
  }
  await logCampaigns(
    world,
    firm,
    firm.campaigns.map(({ campaignId }) => campaignId),
  )
  await count(world)
}

/** How many rows a path of a report leads to, page by page. */
async function rowsBehind(firm: Sender, path: string): Promise<number> {
  const { searchParams } = new URL(path, 'http://pramaan.test')
  const numbers = ['weekday', 'hour']
  const asked = Object.fromEntries([...searchParams].map(([k, v]) => [k, numbers.includes(k) ? Number(v) : v]))
  let total = 0
  for (let cursor: string | undefined; ; ) {
    const input = FactListInput.parse({ ...asked, limit: 100, ...(cursor === undefined ? {} : { cursor }) })
    const page = await listFacts(firm.owner(), input)
    total += page.items.length
    if (page.nextCursor === null) return total
    cursor = page.nextCursor
  }
}

const sender = await makeSender(world, { people: 2, texts: TEXTS })
await sendLetters(sender, { SIP: 0.75, Budget: 0.3 }, randomFrom(5))

test('what is left of a plan that has ended by time is what Basic leaves, also where no job has run and no request told the tier', async () => {
  const firm = await makeAdvisor(world, { tier: 'pro' })
  const allowed = async () => (await getOverview(firm.owner(), {})).quotas.checksPerDay.allowed
  expect(await allowed()).toBe(10_000)
  const tierSteps = [{ from: world.clock.now().toISOString(), tier: 'basic' as const }]
  await world.db.read.update(schema.advisors).set({ tierSteps }).where(eq(schema.advisors.id, firm.advisorId))
  expect(await allowed()).toBe(500)
})

test('an overview tells what was sent and what became of it, of days in India, beside the days before', async () => {
  const view = await getOverview(sender.owner(), RANGE)
  expect(view.range).toEqual(RANGE)
  expect(view.previous).toEqual({ from: '2026-11-05', to: '2026-11-14' })
  expect(view.messages.sent).toMatchObject({ count: 240, previous: 0 })
  expect(view.messages.delivered).toMatchObject({ count: 240, of: 240, share: 1, previousShare: null, change: null })
  expect(view.messages.read.of).toBe(240)
  expect(view.texts.approved).toMatchObject({ count: 12, of: 12, share: 1 })
  expect(view.texts.timeToApproval).toMatchObject({ approvals: 12, medianSeconds: 0, previousMedianSeconds: null })
  // Twelve checks, by the texts above; the messages were put there without a plan being asked.
  expect(view.quotas.checksPerDay).toMatchObject({ allowed: 500, used: 12, left: 488 })
  expect(view.quotas.recipientsPerMonth).toMatchObject({ allowed: 1_000, used: 0, left: 1_000 })
  const earlier = await getOverview(sender.owner(), { from: '2026-11-20', to: '2026-11-23' })
  expect(earlier.messages.sent.count + earlier.messages.sent.previous).toBe(240)
  expect(earlier.messages.sent.previous).toBeGreaterThan(0)
})

test('every number leads to as many rows as it says', async () => {
  const [overview, engagement, trends, compliance] = await Promise.all([
    getOverview(sender.owner(), RANGE),
    getEngagement(sender.owner(), RANGE),
    getTrends(sender.owner(), RANGE),
    getCompliance(sender.owner(), RANGE),
  ])
  const { sent, failed, delivered, read, replied, optedOut } = overview.messages
  const numbers = [
    ...[sent, failed, delivered, read, replied, optedOut, overview.texts.approved, compliance.clean],
    ...engagement.by.flatMap(({ cells }) => cells.map((cell) => ({ count: cell.sent, rows: cell.rows }))),
    ...trends.points.map((point) => ({ count: point.sent, rows: point.rows })),
    ...compliance.points.map((point) => ({ count: point.verdicts, rows: point.rows })),
    ...compliance.families.map((family) => ({ count: family.verdicts, rows: family.rows })),
    { count: compliance.risk.verdicts, rows: compliance.risk.rows },
    { count: overview.cost.pricedMessages, rows: overview.cost.rows },
    ...engagement.insights.map(({ messages, rows }) => ({
      count: messages,
      rows: rows.replace('message.read', 'message.delivered'),
    })),
  ]
  expect(numbers.length).toBeGreaterThan(45)
  for (const { count: said, rows } of numbers) expect([rows, await rowsBehind(sender, rows)]).toEqual([rows, said])
})

test('a topic that is read more often than chance would have it is told in words, with its basis', async () => {
  const { by, insights } = await getEngagement(sender.owner(), RANGE)
  const topics = by.find(({ dimension }) => dimension === 'topic')?.cells ?? []
  expect(topics.map(({ value, campaigns, sent }) => [value, campaigns, sent])).toEqual([
    ['Budget', 6, 120],
    ['SIP', 6, 120],
  ])
  const [budget, sip] = topics
  const ratio = ((sip?.read ?? 0) / (budget?.read ?? 1)).toFixed(1)
  const line = insights.find(({ text }) => text.startsWith('SIP posts'))
  expect(line?.text).toBe(`SIP posts were read ${ratio} times as often as your others (120 messages in 6 campaigns).`)
  expect(line?.chance).toBeLessThan(0.01)
  expect(sip?.readInterval?.low).toBeGreaterThan(budget?.readInterval?.high ?? 1)
})

test('where topics do not differ nothing is said of them', async () => {
  const firm = await makeSender(world, { people: 1, texts: TEXTS })
  await sendLetters(firm, { SIP: 0.5, Budget: 0.5 }, randomFrom(6))
  expect((await getEngagement(firm.owner(), RANGE)).insights).toEqual([])
})

test('a value with fewer than ten messages is not shown by itself, and a share of fewer is not given', async () => {
  const firm = await makeSender(world, { people: 1, texts: TEXTS.slice(0, 2) })
  const [first, second] = firm.campaigns
  const at = new Date('2026-11-17T04:30:00Z')
  const recipientId = firm.people[0]?.recipientId ?? ''
  const send = async (campaignId = '', times = 1) => {
    for (let message = 0; message < times; message++)
      await addDelivery(world, firm, { campaignId, recipientId, at, state: 'sent', times: { sentAt: at } })
  }
  await send(first?.campaignId, 10)
  await send(second?.campaignId, 9)
  await logCampaigns(world, firm, [first?.campaignId ?? '', second?.campaignId ?? ''])
  await count(world)
  const { by } = await getEngagement(firm.owner(), RANGE)
  const topics = by.find(({ dimension }) => dimension === 'topic')
  expect(topics?.cells.map(({ value, sent, readShare }) => [value, sent, readShare])).toEqual([['SIP', 10, null]])
  expect(topics?.left).toEqual({ values: 1, sent: 9 })
  const { messages } = await getOverview(firm.owner(), RANGE)
  expect(messages.read).toMatchObject({ count: 0, of: 0, share: null, beyondChance: null })
})

test('texts that were sent back are counted by family and rule, with the most repeated finding', async () => {
  const firm = await makeAdvisor(world, { autoApproveClean: true })
  for (const content of [
    'Guaranteed returns of 20% a year!',
    'Our fund gives guaranteed returns of 12%.',
    TEXTS[0]?.content ?? '',
  ]) {
    await createContent(firm.owner(), { content, language: 'en', submit: true })
    await world.drainJobs({ 'compliance.run-stage': runStage })
  }
  await count(world)
  const view = await getCompliance(firm.owner(), { from: '2026-11-24', to: '2026-11-24' })
  const rows = await world.db.read.select().from(schema.verdicts)
  const own = rows.filter(({ advisorId }) => advisorId === firm.advisorId)
  expect(view.risk).toMatchObject({
    verdicts: 3,
    average: Number((own.reduce((sum, { score }) => sum + score, 0) / 3).toFixed(1)),
  })
  expect(view.clean).toMatchObject({ count: 1, of: 3, share: null })
  expect(view.points).toMatchObject([{ from: '2026-11-24', verdicts: 3, clean: 1, sentBack: 2 }])
  expect(view.mostRepeated).toMatchObject({ verdicts: 2, texts: 2 })
  expect(view.families.find(({ family }) => family === view.mostRepeated?.family)?.texts).toBe(2)
  const { texts } = await getOverview(firm.owner(), { from: '2026-11-24', to: '2026-11-24' })
  expect(texts.approved).toMatchObject({ count: 1, of: 3 })
})

test('a text whose approval a second look ended counts as approved and as rejected', async () => {
  const firm = await makeAdvisor(world, { autoApproveClean: true })
  const { contentId } = await createContent(firm.owner(), { content: TEXTS[0]?.content ?? '', submit: true })
  await world.drainJobs({ 'compliance.run-stage': runStage })
  const [verdict] = await world.db.read.select().from(schema.verdicts).where(eq(schema.verdicts.contentId, contentId))
  const { advisorId, versionId = '', id: verdictId = '' } = { ...verdict, advisorId: firm.advisorId }
  const [id, at] = [world.ctx().newId(), world.clock.now()]
  const about = { advisorId, id, contentId, versionId, verdictId, authorId: firm.ownerId }
  const look = { kind: 'second_look' as const, path: 'firm' as const, score: 0, dueAt: at, updatedAt: at }
  await world.db.read.delete(schema.reviews).where(eq(schema.reviews.contentId, contentId))
  await world.db.read.insert(schema.reviews).values({ ...about, ...look })
  const today = { from: '2026-11-24', to: '2026-11-24' }
  const approved = async () => {
    await count(world)
    return (await getOverview(firm.owner(), today)).texts.approved
  }
  expect(await approved()).toMatchObject({ count: 1, of: 1 })
  const officer = makeStaff(world, 'reviewer')
  await claimReview(officer, { id })
  await rejectReview(officer, { id, reason: 'It names a scheme.' })
  expect(await approved()).toMatchObject({ count: 1, of: 2 })
  const rejected = await listFacts(firm.owner(), FactListInput.parse({ kind: 'text.rejected', ...today }))
  expect(rejected.items.map((fact) => fact.contentId)).toEqual([contentId])
})

test('no firm sees anything of another, in reports, rows or by a cursor of another', async () => {
  const stranger = await makeAdvisor(world)
  const ctx = stranger.owner()
  expect((await getOverview(ctx, RANGE)).messages.sent).toMatchObject({ count: 0, previous: 0 })
  expect((await getTrends(ctx, RANGE)).points.every(({ sent }) => sent === 0)).toBe(true)
  expect((await getEngagement(ctx, RANGE)).by.every(({ cells, left }) => cells.length + left.values === 0)).toBe(true)
  expect(await getCompliance(ctx, RANGE)).toMatchObject({ families: [], mostRepeated: null, risk: { verdicts: 0 } })
  const input = { kind: 'message.sent' as const, ...RANGE, limit: 5 }
  expect((await listFacts(ctx, { ...input, contentId: sender.campaigns[0]?.contentId ?? '' })).items).toEqual([])
  const { nextCursor } = await listFacts(sender.owner(), input)
  await expect(listFacts(ctx, { ...input, cursor: nextCursor ?? '' })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('a range is in order and covers thirteen months at the most, in every report, list of rows and file', async () => {
  const ask = (from: string, to: string) => getOverview(sender.owner(), { from, to })
  const asOwner = sender.owner()
  const all: ((range: { from: string; to: string }) => Promise<unknown>)[] = [
    ...[getOverview, getEngagement, getTrends, getCompliance].map(
      (read) => (range: { from: string; to: string }) => read(asOwner, range),
    ),
    (range) => listFacts(asOwner, { kind: 'message.sent', limit: 1, ...range }),
    (range) => requestExport(asOwner, { report: 'trends', format: 'csv', ...range }),
  ]
  for (const read of all) {
    await expect(read({ from: '2025-10-24', to: '2026-11-24' })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(read({ from: '2026-11-24', to: '2026-11-23' })).rejects.toMatchObject({ code: 'invalid_input' })
    await read({ from: '2025-10-25', to: '2026-11-24' })
  }
  expect((await ask('2025-10-25', '2026-11-24')).messages.sent.count).toBe(240)
  expect((await getOverview(sender.owner(), {})).range).toEqual({ from: '2026-10-26', to: '2026-11-24' })
})

test('a report says up to when everything is counted, which is before what is not sealed yet', async () => {
  const firm = await makeAdvisor(world)
  await createContent(firm.owner(), { content: TEXTS[0]?.content ?? '', language: 'en', submit: true })
  const { rows } = await world.db.pool.query<{ at: Date }>(
    `select max(recorded_at) as at from audit_entries where advisor_id = $1`,
    [firm.advisorId],
  )
  const written = rows[0]?.at.toISOString() ?? ''
  const asOf = async () => (await getOverview(firm.owner(), RANGE)).asOf ?? ''
  expect((await asOf()) < written).toBe(true)
  await count(world)
  expect((await asOf()) > written).toBe(true)
})
