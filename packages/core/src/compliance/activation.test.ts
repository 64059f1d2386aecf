import { createDb, schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld, type World } from '../../testing/index.ts'
import { createContent, getContent } from '../content/index.ts'
import type { Ctx } from '../platform/context.ts'
import {
  activateRules,
  checkSynchronously,
  listVerdicts,
  previewRules,
  readReplay,
  replayVerdict,
  requestImpact,
  requireProof,
  runStage,
  setFirmRules,
  sweepApprovals,
} from './index.ts'
import { BUILD_PACK, packDigest, packText, type RulePack } from './rule-pack.ts'
import { firmRule } from './rules/fixtures/firm-rule.ts'
import { RULE_SET } from './rules/index.ts'
import { packInForce, readPackInForce } from './rules-in-force.ts'
import { CLEAN, desk, ruleAgainst } from './testing.ts'

const HABIT = CLEAN
const OTHER = 'Please update your nominee before the year ends. Forms are at our office.'

/** Each thread compiles a pack, which takes a second where nobody else works. */
const PATIENT = { timeout: 60_000 }

let world: World
let release = 0

/** A database of its own for each test: what is activated in it is in force for all of its firms. */
beforeEach(async () => {
  world = await testWorld()
})

/** Another process on the same database: connections, and whatever it remembers, of its own. */
function otherProcess(): (ctx: Ctx) => Ctx {
  const db = createDb({ url: world.url, max: 6 })
  closing.push(() => db.close())
  return (ctx) => ({ ...ctx, db: ctx.advisorId === null ? db : db.forAdvisor(ctx.advisorId) })
}
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

/** Lays down what two administrators have done: these rules beside those of the build follow what was in force. */
async function activated(rules: RulePack['rules']) {
  const { newId } = world.ctx()
  const { digest: baseDigest } = await readPackInForce(world.db.read)
  release += 1
  const version = `test-${release}`
  const pack = packText({ ...BUILD_PACK, version, rules: [...BUILD_PACK.rules, ...rules] })
  const digest = packDigest(pack)
  world.clock.advance(1000)
  const now = world.clock.now()
  await world.db.transaction(async (tx) => {
    await tx.insert(schema.rulePacks).values({ digest, version, pack, createdAt: now })
    const by = { requestedBy: newId(), proposedBy: newId(), activatedBy: newId() }
    const of = { id: newId(), digest, baseDigest, state: 'done' as const, createdAt: now, activatedAt: now }
    await tx.insert(schema.ruleImpacts).values({ ...of, ...by })
  })
  return { version, digest }
}

const willing = () => makeAdvisor(world, { autoApproveClean: true })

async function judged(advisor: TestAdvisor, content: string, process: (ctx: Ctx) => Ctx = (ctx) => ctx) {
  const { contentId } = await createContent(advisor.owner(), { content, submit: true })
  await world.drainJobs({ 'compliance.run-stage': (ctx, payload) => runStage(process(ctx), payload) })
  const { items } = await listVerdicts(advisor.owner(), { id: contentId })
  if (!items[0]) throw new Error('no verdict')
  return { contentId, verdict: items[0], status: (await getContent(advisor.owner(), { id: contentId })).status }
}

test(
  'after an activation every running process judges by the new rules at once, and after the next one by those',
  PATIENT,
  async () => {
    const advisor = await willing()
    const [first, second] = [otherProcess(), otherProcess()]
    for (const process of [first, second]) {
      const { status, verdict } = await judged(advisor, HABIT, process)
      expect([status, verdict.ruleSet.digest]).toEqual(['approved', RULE_SET.digest])
    }
    const stricter = await activated([ruleAgainst('habit')])
    for (const process of [first, second]) {
      const { status, verdict } = await judged(advisor, HABIT, process)
      expect([status, verdict.ruleSet]).toEqual(['changes_required', stricter])
      expect(verdict.findings.map(({ ruleId }) => ruleId)).toEqual(['CLM-NEW'])
      const asked = await checkSynchronously(process(advisor.owner()), { text: HABIT, licence: 'MFD' })
      expect([asked.outcome, asked.ruleSet]).toEqual(['changes_required', stricter])
    }
    const milder = await activated([])
    for (const process of [first, second]) {
      const { status, verdict } = await judged(advisor, HABIT, process)
      expect([status, verdict.ruleSet]).toEqual(['approved', milder])
    }
  },
)

test('a verdict by activated rules, with those of the firm, is replayed to the same bytes', PATIENT, async () => {
  await activated([ruleAgainst('habit')])
  const advisor = await willing()
  await setFirmRules(advisor.owner(), { rules: [firmRule({ wordings: ['monthly'], severity: 'block' })] })
  const { verdict } = await judged(advisor, HABIT)
  expect(verdict.findings.map(({ ruleId }) => ruleId).sort()).toEqual(['CLM-NEW', 'FIRM-DREAMS'])
  const kit = await readReplay(advisor.owner(), { id: verdict.id ?? '' })
  expect((await replayVerdict(kit)).differences).toEqual([])
  const asked = await checkSynchronously(advisor.owner(), { text: HABIT, licence: 'MFD' })
  expect(asked.findings).toEqual(verdict.findings)
})

test(
  'what a report has judged stays approved over activations; what was approved behind its back does not',
  PATIENT,
  async () => {
    const advisor = await willing()
    const early = await judged(advisor, OTHER)
    world.clock.advance(60_000)
    const { freshAdmin } = desk(world)
    const { id } = await requestImpact(freshAdmin(), { version: 'test-late', rules: [ruleAgainst('habit')] })
    await world.drainJobs({ 'compliance.preview-rules': previewRules })
    world.clock.advance(60_000)
    const late = await judged(advisor, `${OTHER} Call us.`)
    expect(late.status).toBe('approved')
    await activateRules(freshAdmin(), { id })
    await activateRules(freshAdmin(), { id })
    const proofOf = (contentId: string) => requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
    await proofOf(early.contentId)
    await expect(proofOf(late.contentId)).rejects.toMatchObject({ code: 'no_valid_proof' })
    await sweepApprovals(world.ctx())
    const statusOf = async (contentId: string) => (await getContent(advisor.owner(), { id: contentId })).status
    expect(await statusOf(early.contentId)).toBe('approved')
    expect(await statusOf(late.contentId)).toBe('suspended')
    await activated([])
    await proofOf(early.contentId)
  },
)

test('rules in force that cannot be had fail closed: nothing is judged by others in their place', async () => {
  const advisor = await willing()
  await judged(advisor, HABIT)
  await world.db.transaction(async (tx) => {
    await tx.insert(schema.rulePacks).values({ digest: 'broken', version: 'broken', pack: '{"rules":[{}]}' })
    await tx.insert(schema.ruleImpacts).values({
      id: advisor.advisorId,
      digest: 'broken',
      baseDigest: RULE_SET.digest,
      state: 'done',
      requestedBy: advisor.ownerId,
      activatedAt: world.clock.now(),
    })
  })
  await expect(checkSynchronously(advisor.owner(), { text: HABIT, licence: 'MFD' })).rejects.toThrow()
  await expect(judged(advisor, HABIT)).rejects.toThrow()
  expect(await world.db.read.$count(schema.verdicts, eq(schema.verdicts.advisorId, advisor.advisorId))).toBe(1)
})

test('the release that brings activated rules finds them in force, and those before it among the ancestors', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 12, minute))
  const activations = [
    { id: 'second', digest: 'c', baseDigest: 'b', createdAt: at(2) },
    { id: 'first', digest: 'b', baseDigest: 'a', createdAt: at(1) },
  ]
  const lineage = [
    { digest: 'c', reportedAt: null, impacts: [] },
    { digest: 'b', reportedAt: at(2), impacts: ['second'] },
    { digest: 'a', reportedAt: at(1), impacts: ['first', 'second'] },
  ]
  for (const build of ['a', 'b', 'c']) expect(packInForce(build, activations)).toEqual({ digest: 'c', lineage })
  expect(packInForce('other', activations)).toEqual({
    digest: 'other',
    lineage: [{ digest: 'other', reportedAt: null, impacts: [] }],
  })
})
