import { schema } from '@pramaan/db'
import { istDay, type PlatformView } from '@pramaan/shared'
import pg from 'pg'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { countFacts, getCompliance, requestRecount } from './index.ts'
import { readPlatform } from './read-platform.ts'
import { count, logContents, randomFrom } from './testing.ts'

const { analyticsCursor, analyticsDays, analyticsFindings, analyticsRules, analyticsTexts } = schema
const { complianceChecks, findingOverrides, reviews, verdicts } = schema
const world = await testWorld()
const admin = makeStaff(world, 'admin')
const id = () => world.ctx().newId()
const HOUR_MS = 3_600_000
/** Twelve days, of which each begins at half past six in the evening by UTC. */
const FIRST = Date.parse('2026-11-10T12:00:00Z')
const HOURS = 12 * 24
const RULES = ['PROMISE-1', 'PROMISE-2', 'RANK-1', 'RISK-1']
const familyOf = (rule: string) => rule.split('-')[0]?.toLowerCase() ?? ''

interface Text {
  firm: TestAdvisor
  contentId: string
  versionId: string
}

/** A verdict about a text, with the rules that found something in it, and the review that it led to. @returns the review */
async function addVerdict({ firm, contentId, versionId }: Text, rules: string[], createdAt: Date): Promise<string> {
  const { advisorId } = firm
  const [checkId, verdictId, reviewId] = [id(), id(), id()]
  const about = { advisorId, contentId, versionId }
  await world.db.read.insert(complianceChecks).values({ ...about, id: checkId, createdAt, updatedAt: createdAt })
  const findings = JSON.stringify(rules.map((ruleId) => ({ ruleId, family: familyOf(ruleId) })))
  await world.db.pool.query(
    `insert into verdicts (advisor_id, id, check_id, content_id, version_id, outcome, score, findings, obligations,
       rule_set_version, rule_set_digest, pack_digest, engine_version, stages, input, input_hash, ai_status, rendered_text, created_at)
     values ($1, $2, $3, $4, $5, 'review', 50, $6, '[]', '1', '', '', '1', '[]', '{}', '', 'off', '', $7)`,
    [advisorId, verdictId, checkId, contentId, versionId, findings, createdAt],
  )
  await world.db.read.insert(reviews).values({
    ...{ ...about, id: reviewId, verdictId, authorId: id(), path: 'firm' as const, score: 50 },
    ...{ state: 'open' as const, createdAt, dueAt: createdAt, updatedAt: createdAt },
  })
  return reviewId
}

/** What the rows say of some days, counted one by one. */
async function oracle({ from, to }: { from: string; to: string }): Promise<PlatformView['rules']> {
  const within = (at: Date) => istDay(at) >= from && istDay(at) <= to
  const judged = await world.db.read.select().from(verdicts)
  const asked = await world.db.read.select().from(reviews)
  const overrides = await world.db.read.select().from(findingOverrides)
  const hits = new Map<string, number>()
  for (const verdict of judged.filter(({ createdAt }) => within(createdAt)))
    for (const rule of new Set(verdict.findings.map(({ ruleId }) => ruleId))) hits.set(rule, (hits.get(rule) ?? 0) + 1)
  const setAside = new Map<string, number>()
  for (const review of asked) {
    const findings = judged.find((verdict) => verdict.id === review.verdictId)?.findings ?? []
    const own = overrides.filter(({ reviewId }) => reviewId === review.id)
    for (const [rule, some] of Map.groupBy(own, ({ finding }) => findings[finding]?.ruleId ?? '')) {
      const first = new Date(Math.min(...some.map(({ createdAt }) => createdAt.getTime())))
      const findingsOfIt = new Set(some.map(({ finding }) => finding)).size
      if (within(first)) setAside.set(rule, (setAside.get(rule) ?? 0) + findingsOfIt)
    }
  }
  const total = judged.filter(({ createdAt }) => within(createdAt)).length
  const items = [...new Set([...hits.keys(), ...setAside.keys()])].map((ruleId) => {
    const own = hits.get(ruleId) ?? 0
    const hitRate = total === 0 ? 0 : own / total
    return { ruleId, family: familyOf(ruleId), hits: own, hitRate, overrides: setAside.get(ruleId) ?? 0 }
  })
  return { verdicts: total, items: items.toSorted((a, b) => b.hits - a.hits || (a.ruleId < b.ruleId ? -1 : 1)) }
}

const RANGES = [
  { from: '2026-11-10', to: '2026-11-22' },
  { from: '2026-11-14', to: '2026-11-14' },
  { from: '2026-11-16', to: '2026-11-19' },
]

async function expectRowsAndViewAgree(): Promise<void> {
  for (const range of RANGES) expect((await readPlatform(admin, range)).rules).toEqual(await oracle(range))
}

/** Everything that was counted, day by day. */
const counted = async () => [
  (await world.db.read.select().from(analyticsDays)).toSorted((a, b) => (a.day < b.day ? -1 : 1)),
  (await world.db.read.select().from(analyticsRules)).toSorted((a, b) =>
    `${a.day} ${a.ruleId}` < `${b.day} ${b.ruleId}` ? -1 : 1,
  ),
]

const random = randomFrom(41)
const pick = (below: number) => Math.floor(random() * below)
const timeWithin = () => new Date(FIRST + pick(HOURS) * HOUR_MS)

async function makeTexts(): Promise<Text[]> {
  const firms = await Promise.all(Array.from({ length: 3 }, () => makeAdvisor(world)))
  const texts: Text[] = []
  for (const firm of firms)
    for (let n = 0; n < 3; n++)
      texts.push({ firm, ...(await createContent(firm.owner(), { content: `Save a little, ${n}.`, submit: false })) })
  return texts
}

test('the rules of the platform are what a plain count of the rows of all firms gives, however late they come', async () => {
  const texts = await makeTexts()
  const open: { text: Text; reviewId: string; findings: number }[] = []
  for (let turn = 0; turn < 60; turn++) {
    const text = texts[pick(texts.length)] as Text
    // Now and then a rule found something twice in one text.
    const rules = Array.from({ length: pick(4) }, () => RULES[pick(RULES.length)] as string)
    open.push({ text, reviewId: await addVerdict(text, rules, timeWithin()), findings: rules.length })
    const touched = [text]
    const review = open[pick(open.length)]
    if (review && review.findings > 0 && random() < 0.6) {
      // Two officers set aside the same finding now and then, on other days.
      const row = { advisorId: review.text.firm.advisorId, reviewId: review.reviewId, finding: pick(review.findings) }
      const override = { ...row, officerId: id(), reason: 'It is a quotation.', createdAt: timeWithin() }
      await world.db.read.insert(findingOverrides).values(override)
      touched.push(review.text)
    }
    for (const { firm, contentId } of touched) await logContents(world, firm, [contentId])
    if (random() < 0.3) await count(world)
  }
  await count(world)
  await expectRowsAndViewAgree()
  const { items } = await oracle(RANGES[0] as (typeof RANGES)[0])
  expect(items.map(({ ruleId }) => ruleId).toSorted()).toEqual(RULES)
  expect(items.every(({ hits, overrides }) => hits > 0 && overrides > 0)).toBe(true)

  // The whole log once more, and every day from scratch: the same numbers.
  const before = await counted()
  await world.db.read.update(analyticsCursor).set({ nextLeaf: 0 })
  await count(world)
  expect(await counted()).toEqual(before)
  for (const table of [analyticsTexts, analyticsFindings, analyticsDays, analyticsRules])
    await world.db.read.delete(table)
  const range = { from: '2026-11-09', to: '2026-11-24' }
  await requestRecount(admin, range)
  await world.drainJobs({ 'analytics.rollup': countFacts })
  expect(await counted()).toEqual(before)

  // A recount beside the count of the minute, which looks at the same days again.
  await world.db.read.update(analyticsCursor).set({ nextLeaf: 0 })
  const recount = () => countFacts(world.ctx(), { recount: range })
  await Promise.all([count(world), recount(), count(world), recount()])
  expect(await counted()).toEqual(before)
})

test('days are counted by one at a time: a recount waits for the count that is under way', async () => {
  await count(world)
  const other = new pg.Client({ connectionString: world.adminUrl })
  await other.connect()
  try {
    await other.query('begin; select from analytics_cursor for update')
    let isOver = false
    const recount = countFacts(world.ctx(), { recount: { from: '2026-11-12', to: '2026-11-12' } }).then(() => isOver)
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await other.query(waiting)).rowCount, { timeout: 8_000 }).toBe(1)
    isOver = true
    await other.query('commit')
    expect(await recount).toBe(true)
  } finally {
    await other.end()
  }
})

test('what officers set aside on a day on which nothing was found is none of the findings of a firm', async () => {
  const [text] = await makeTexts()
  if (!text) throw new Error('there is no text')
  const reviewId = await addVerdict(text, ['RANK-1'], new Date('2026-11-20T06:00:00Z'))
  const { advisorId } = text.firm
  const row = { advisorId, reviewId, finding: 0, officerId: id(), reason: 'It is a quotation.' }
  await world.db.read.insert(findingOverrides).values({ ...row, createdAt: new Date('2026-11-21T06:00:00Z') })
  await logContents(world, text.firm, [text.contentId])
  await count(world)
  const on = async (day: string) => (await getCompliance(text.firm.owner(), { from: day, to: day })).families
  expect(await on('2026-11-20')).toMatchObject([{ family: 'rank', verdicts: 1, texts: 1 }])
  expect(await on('2026-11-21')).toMatchObject([{ family: 'rank', verdicts: 0, previousVerdicts: 1, texts: 0 }])
})
