import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import {
  checkSynchronously,
  getFirmRules,
  listVerdicts,
  readReplay,
  replayVerdict,
  requireProof,
  setFirmRules,
  sweepApprovals,
  sweepChecks,
} from './index.ts'
import { firmRule } from './rules/fixtures/firm-rule.ts'
import { composedDigest, firmRulesDigest, RULE_SET } from './rules/index.ts'
import { CLEAN, desk } from './testing.ts'

const world = await testWorld()
const { runChecks, statusOf } = desk(world)

const HABIT = firmRule({ id: 'FIRM-HABIT', wordings: ['habit of saving'], severity: 'block', message: 'No habits.' })
const DREAMS = firmRule({})

const willing = () => makeAdvisor(world, { autoApproveClean: true })

async function judged(advisor: TestAdvisor, content = CLEAN) {
  const { contentId } = await createContent(advisor.owner(), { content, submit: true })
  await runChecks()
  const { items } = await listVerdicts(advisor.owner(), { id: contentId })
  if (!items[0]) throw new Error('no verdict')
  return { contentId, verdict: items[0], status: await statusOf(advisor, contentId) }
}

test('the rules of a firm are in force for its next verdict, stand in its digest, and are replayed', async () => {
  const advisor = await willing()
  expect((await judged(advisor)).status).toBe('approved')
  const set = await setFirmRules(advisor.owner(), { rules: [HABIT] })
  expect(set).toMatchObject({ version: 1, rules: [HABIT], setBy: advisor.ownerId })
  const { status, verdict } = await judged(advisor)
  expect(status).toBe('changes_required')
  expect(verdict.findings).toMatchObject([{ ruleId: 'FIRM-HABIT', quote: 'habit of saving', message: 'No habits.' }])
  expect(verdict.ruleSet.digest).toBe(composedDigest(RULE_SET.digest, firmRulesDigest([HABIT])))
  expect((await checkSynchronously(advisor.owner(), { text: CLEAN, licence: 'MFD' })).ruleSet).toEqual(verdict.ruleSet)

  await setFirmRules(advisor.owner(), { rules: [] })
  expect((await judged(advisor)).status).toBe('approved')
  const kit = await readReplay(advisor.owner(), { id: verdict.id ?? '' })
  expect(kit.firmRules).toEqual([HABIT])
  expect((await replayVerdict(kit)).differences).toEqual([])
  expect((await replayVerdict({ ...kit, firmRules: null })).differences).toEqual([
    expect.stringContaining('has another digest'),
  ])
})

test('they bind the firm that wrote them and no other', async () => {
  const [strict, other] = [await willing(), await willing()]
  await setFirmRules(strict.owner(), { rules: [HABIT] })
  const { status, verdict } = await judged(other)
  expect([status, verdict.ruleSet.digest]).toEqual(['approved', RULE_SET.digest])
  expect(await getFirmRules(other.member(), {})).toEqual({
    version: 0,
    digest: null,
    rules: [],
    setBy: null,
    setAt: null,
  })
  const seen = await world.product.forAdvisor(other.advisorId).read.select().from(schema.firmRuleSets)
  expect(seen).toEqual([])
})

test('only an owner who has just proved who they are sets them; every version stays, with its entry', async () => {
  const advisor = await willing()
  await expect(setFirmRules(advisor.member(), { rules: [HABIT] })).rejects.toMatchObject({ code: 'forbidden' })
  const key = advisor.key('profile:read', 'content:write')
  await expect(setFirmRules(key, { rules: [HABIT] })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(setFirmRules(makeStaff(world, 'admin'), { rules: [HABIT] })).rejects.toMatchObject({ code: 'forbidden' })
  const stale = { ...advisor.owner(), now: () => new Date(world.clock.now().getTime() + 11 * 60_000) }
  await expect(setFirmRules(stale, { rules: [HABIT] })).rejects.toMatchObject({ code: 'step_up_required' })
  await setFirmRules(advisor.owner(), { rules: [HABIT] })
  await setFirmRules(advisor.owner(), { rules: [HABIT, DREAMS] })
  expect((await setFirmRules(advisor.owner(), { rules: [HABIT, DREAMS] })).version).toBe(2)
  expect((await getFirmRules(advisor.member(), { version: 1 })).rules).toEqual([HABIT])
  expect((await getFirmRules(key, {})).rules).toEqual([HABIT, DREAMS])
  await expect(getFirmRules(advisor.member(), { version: 3 })).rejects.toMatchObject({ code: 'not_found' })
  const { auditEntries } = schema
  const entries = await world.db.read
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.advisorId, advisor.advisorId), eq(auditEntries.action, 'firm_rules.set')))
  expect(entries.map(({ objectId }) => objectId)).toEqual(['1', '2'])
  expect(entries[1]?.body).toMatchObject({ from: firmRulesDigest([HABIT]), to: firmRulesDigest([HABIT, DREAMS]) })
})

test('of two owners who set them at the same moment one hears of the other', async () => {
  const advisor = await willing()
  const ends = await Promise.allSettled([HABIT, DREAMS].map((rule) => setFirmRules(advisor.owner(), { rules: [rule] })))
  const versions = await world.db.read
    .select()
    .from(schema.firmRuleSets)
    .where(eq(schema.firmRuleSets.advisorId, advisor.advisorId))
  const done = ends.filter((end) => end.status === 'fulfilled')
  expect(versions).toHaveLength(done.length)
  expect(versions.map(({ version }) => version).sort()).toEqual(done.map((_, at) => at + 1))
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'conflict' })
})

test('what was approved or waits under other rules of the firm is checked anew; what is under these stays', async () => {
  const advisor = await willing()
  const before = await judged(advisor)
  await setFirmRules(advisor.owner(), { rules: [DREAMS] })
  const proofOf = (contentId: string) => requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
  await expect(proofOf(before.contentId)).rejects.toMatchObject({ code: 'no_valid_proof' })
  const after = await judged(advisor)
  await proofOf(after.contentId)
  const waiting = await judged(advisor, 'A plan for your dream home, step by step.')
  expect(waiting.status).toBe('in_review')
  await sweepApprovals(world.ctx())
  await sweepChecks(world.ctx())
  await runChecks()
  expect(await statusOf(advisor, before.contentId)).toBe('suspended')
  expect(await statusOf(advisor, after.contentId)).toBe('approved')
  const verdictsOf = async (id: string) => (await listVerdicts(advisor.owner(), { id })).items.length
  expect(await verdictsOf(waiting.contentId)).toBe(1)
  await setFirmRules(advisor.owner(), { rules: [] })
  await sweepChecks(world.ctx())
  await runChecks()
  expect(await verdictsOf(waiting.contentId)).toBe(2)
})
