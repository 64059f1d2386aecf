import { schema } from '@pramaan/db'
import { type ChurnItem, type ChurnView, istDay } from '@pramaan/shared'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { GUESS, simulate } from '../../testing/churn/simulate.ts'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { cancelSubscription, changePlan } from '../billing/index.ts'
import { billingWorld } from '../billing/testing/billing-world.ts'
import { listChurn, report, studyChurn } from './index.ts'
import type { Observation } from './rules/churn-features.ts'
import { dayAfter, mondayOf } from './rules/range.ts'

const { analyticsMessages, analyticsTexts, churnModels, churnSnapshots, grievances, members, reviews, users } = schema
const world = await billingWorld()
const admin = makeStaff(world, 'admin')
const DAY_MS = 86_400_000
const ago = (days: number) => new Date(world.clock.now().getTime() - days * DAY_MS)
const id = () => world.ctx().newId()

const study = () => studyChurn(world.ctx(), {})
const itemOf = async ({ advisorId }: TestAdvisor): Promise<ChurnItem | undefined> =>
  (await listChurn(admin, { limit: 100 })).items.find((item) => item.advisorId === advisorId)
async function observationOf({ advisorId }: TestAdvisor): Promise<Observation | undefined> {
  const mine = eq(churnSnapshots.advisorId, advisorId)
  const [row] = await world.db.read.select().from(churnSnapshots).where(mine).orderBy(churnSnapshots.week)
  return row?.observation as Observation | undefined
}

/** Somebody of the firm who signed in some days ago and, where told, complained. */
async function addMember({ advisorId }: TestAdvisor, signedInDaysAgo: number, complaints: number): Promise<void> {
  const userId = id()
  const sealed = Buffer.from('x')
  await world.db.read.insert(users).values({
    ...{ id: userId, emailHash: Buffer.from(userId), email: sealed, fullName: sealed, passwordHash: 'x' },
    ...{ role: 'advisor' as const, status: 'active' as const, lastSignInAt: ago(signedInDaysAgo) },
  })
  await world.db.read.insert(members).values({ advisorId, userId, role: 'owner' })
  for (let one = 0; one < complaints; one++) {
    const raised = { userId, id: id(), text: sealed, raisedAt: ago(10), dueAt: ago(-20) }
    await world.db.read.insert(grievances).values(raised)
  }
}

async function addDay({ advisorId }: TestAdvisor, daysAgo: number, of: { texts: number; messages: number }) {
  const day = istDay(ago(daysAgo))
  const zero = { clean: 0, rejected: 0, approved: 0, scores: 0, approvalSeconds: [] }
  await world.db.read
    .insert(analyticsTexts)
    .values({ advisorId, day, contentId: id(), judged: of.texts, sentBack: 1, ...zero })
  const none = { delivered: 0, read: 0, replied: 0, optedOut: 0, priced: 0, costMillipaise: 0 }
  const about = { advisorId, day, hour: 9, campaignId: id(), contentId: id(), template: 't' }
  await world.db.read.insert(analyticsMessages).values({ ...about, sent: of.messages, failed: 2, ...none })
}

test('what is observed of a firm that pays is what it did: in 30 days, in the 60 before, and nothing older', async () => {
  const firm = await world.subscribed('standard')
  await world.advance(10)
  await addMember(firm, 12, 2)
  await addMember(firm, 40, 0)
  for (const [days, texts, messages] of [
    [0, 3, 50],
    [29, 4, 60],
    [30, 5, 70],
    [89, 6, 80],
    [90, 7, 90],
  ] as const) {
    await addDay(firm, days, { texts, messages })
  }
  const asked = { contentId: id(), versionId: id(), authorId: id(), path: 'firm' as const, score: 50 }
  const review = (updatedAt: Date, dueAt: Date) => ({
    ...{ advisorId: firm.advisorId, id: id(), verdictId: id(), ...asked, state: 'approved' as const },
    ...{ createdAt: ago(5), updatedAt, dueAt },
  })
  await world.db.read.insert(reviews).values([review(ago(2), ago(3)), review(ago(4), ago(3))])
  await study()
  expect(await observationOf(firm)).toEqual({
    textsRecent: 7,
    textsBefore: 11,
    sentBackRecent: 2,
    messagesRecent: 110,
    messagesBefore: 150,
    failedRecent: 4,
    daysSinceSignIn: 12,
    lateReviews: 1,
    grievances: 2,
    chargeFailing: false,
    downgraded: false,
    daysPaid: expect.any(Number),
    yearly: false,
    tenureDays: 10,
  })
  const item = await itemOf(firm)
  expect(item).toMatchObject({ tier: 'standard', announced: false, observedAt: world.clock.now().toISOString() })
  expect(item?.reasons.map(({ text }) => text)).toContain('2 grievances in 90 days')
})

test('a failing charge and a cheaper plan are seen; who asked to end is told as such, without a forecast', async () => {
  const [failing, ending, shrinking] = [
    await world.subscribed('pro'),
    await world.subscribed('pro'),
    await world.subscribed('pro'),
  ]
  await cancelSubscription(ending.owner(), { when: 'period_end' })
  await changePlan(shrinking.owner(), { plan: 'basic', when: 'now' })
  const opened = (await world.rows(shrinking)).at(-1)
  await world.control(`/subscriptions/${opened?.razorpayId}/authenticate`, { method: 'upi' })
  await world.catchUp()
  await world.control(`/subscriptions/${failing.razorpayId}/next_charge`, { outcome: 'fail' })
  const stateOf = async () => (await world.rows(failing)).at(-1)?.state
  for (let days = 0; days < 40 && (await stateOf()) !== 'pending'; days++) {
    await world.advance(1)
    await world.catchUp()
  }
  await study()
  expect(await itemOf(failing)).toMatchObject({ announced: false })
  expect((await itemOf(failing))?.reasons.map(({ feature }) => feature)).toContain('charge_failing')
  expect(await observationOf(shrinking)).toMatchObject({ downgraded: true, chargeFailing: false })
  // What it had paid for is over by now.
  expect(await itemOf(ending)).toBeUndefined()
  const late = await world.subscribed('basic')
  await cancelSubscription(late.owner(), { when: 'period_end' })
  await study()
  expect(await itemOf(late)).toMatchObject({ announced: true, risk: null, band: null, reasons: [] })
  const [first] = (await listChurn(admin, { limit: 1 })).items
  expect(first?.advisorId).toBe(late.advisorId)
})

test('a firm is observed once a week, and the last day of the week counts', async () => {
  const firm = await world.subscribed('basic')
  const rows = () => world.db.read.select().from(churnSnapshots).where(eq(churnSnapshots.advisorId, firm.advisorId))
  await study()
  await study()
  expect(await rows()).toHaveLength(1)
  await world.advance(7)
  await study()
  const weeks = (await rows()).map(({ week }) => week).toSorted()
  expect(weeks).toEqual([mondayOf(istDay(ago(7))), mondayOf(istDay(world.clock.now()))])
})

test('pages of the list follow one another without a gap, highest risk first', async () => {
  await study()
  const all = (await listChurn(admin, { limit: 100 })).items
  expect(all.length).toBeGreaterThan(3)
  const paged: ChurnItem[] = []
  let cursor: string | undefined
  do {
    const page: ChurnView = await listChurn(admin, cursor === undefined ? { limit: 2 } : { limit: 2, cursor })
    paged.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  expect(paged).toEqual(all)
  const risks = all.flatMap(({ risk }) => (risk === null ? [] : [risk]))
  expect(risks).toEqual(risks.toSorted((a, b) => b - a))
  await expect(listChurn(admin, { cursor: 'bm90IG91cnM' })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('nobody is named in the answer, and a firm sees no observation but its own', async () => {
  const firm = await makeAdvisor(world, { displayName: 'Meera Verma' })
  await study()
  expect(JSON.stringify(await listChurn(admin, { limit: 100 }))).not.toContain('Verma')
  const seen = await report(firm.owner(), (queries) => queries.select().from(churnSnapshots))
  expect(seen.result).toEqual([])
})

/** Two years of simulated firms, as the job would have kept them: who is still there eight weeks later has a row then. */
async function addHistory(): Promise<void> {
  const now = mondayOf(istDay(world.clock.now()))
  const rows = simulate({ ...GUESS, firms: 300, leaving: -2.5, content: 1.5 }).flatMap(
    ({ week, observation, churned }) => {
      const advisorId = id()
      const day = dayAfter(now, (week - GUESS.weeks) * 7)
      const at = { advisorId, observation, observedAt: ago(1) }
      return [{ ...at, week: day, announced: false }].concat(
        churned ? [] : [{ ...at, week: dayAfter(day, 56), announced: true }],
      )
    },
  )
  for (let from = 0; from < rows.length; from += 5_000) {
    await world.db.read.insert(churnSnapshots).values(rows.slice(from, from + 5_000))
  }
}

test('the job learns from firms that left, uses what it learnt, and writes that down; old observations go', async () => {
  await addHistory()
  await world.db.read.delete(churnSnapshots).where(sql`week > ${istDay(world.clock.now())}`)
  expect((await listChurn(admin, {})).model).toEqual({ origin: 'shipped', learntAt: null, quality: null })
  await study()
  const { model } = await listChurn(admin, {})
  expect(model).toMatchObject({ origin: 'learnt', learntAt: world.clock.now().toISOString() })
  expect(model.quality?.churned).toBeGreaterThan(100)
  const [kept] = await world.db.read.select().from(churnModels)
  expect(await world.auditActions(String(kept?.id))).toEqual(['churn_model.learnt'])
  // A week has not passed.
  await study()
  expect(await world.db.read.$count(churnModels)).toBe(1)

  await world.advance(800)
  await study()
  const old = await world.db.read.$count(churnSnapshots, sql`week < ${istDay(ago(740))}`)
  expect(old).toBe(0)
}, 60_000)
