import { schema } from '@pramaan/db'
import type { Finding } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { type AdvisorOptions, makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { drawing, type JobHandler, testWorld } from '../../testing/index.ts'
import { createContent, getContent, reviseContent, withdrawContent } from '../content/index.ts'
import { ENGINE, type Engine } from './engine.ts'
import { getApproval, listVerdicts, requireProof, runStage, sweepChecks } from './index.ts'
import { stageRunner } from './run-stage.ts'

const world = await testWorld()

const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const GUARANTEE = 'Invest with me: guaranteed 15% returns every year, zero risk!'
const POLICY: AdvisorOptions = { autoApproveClean: true }

const broken = (): never => {
  throw new Error('a rule is broken')
}
/** Rules that find nothing to say about any text, for whoever speaks. */
const SATISFIED: Engine = {
  ...ENGINE,
  findHard: () => [],
  findInContext: () => [],
  findInRendered: () => [],
  decide: () => ({ outcome: 'clean', score: 0, findings: [], obligations: [] }),
}
const BLOCK: Finding = {
  ruleId: 'X',
  family: 'guarantee',
  severity: 'block',
  stage: 1,
  clause: 'c',
  message: 'm',
  span: null,
  quote: '',
}
const drain = (handler: JobHandler = runStage) => world.drainJobs({ 'compliance.run-stage': handler })

async function submitted(options: AdvisorOptions = {}, content = CLEAN) {
  const advisor = await makeAdvisor(world, options)
  const made = await createContent(advisor.owner(), { content, submit: true })
  const job = { advisorId: advisor.advisorId, contentId: made.contentId, versionId: made.versionId }
  return { advisor, job, ...made }
}
const statusOf = async (advisor: TestAdvisor, id: string) => (await getContent(advisor.owner(), { id })).status
const verdictsOf = async (advisor: TestAdvisor, id: string) => (await listVerdicts(advisor.owner(), { id })).items

async function rowsOf({ advisorId }: TestAdvisor) {
  const { approvals, complianceChecks, reviews, verdicts } = schema
  const [checks, found, asked, approved] = await Promise.all([
    world.db.read.select().from(complianceChecks).where(eq(complianceChecks.advisorId, advisorId)),
    world.db.read.select().from(verdicts).where(eq(verdicts.advisorId, advisorId)),
    world.db.read.select().from(reviews).where(eq(reviews.advisorId, advisorId)),
    world.db.read.select().from(approvals).where(eq(approvals.advisorId, advisorId)),
  ])
  return { checks, verdicts: found, reviews: asked, approvals: approved }
}

const STAGES = ['compliance.stage_completed', 'compliance.stage_completed', 'compliance.stage_completed']

test('a clean text is approved by policy in three stages, with a proof that sending accepts', async () => {
  const { advisor, contentId } = await submitted(POLICY)
  expect(await drain()).toEqual(['compliance.run-stage', 'compliance.run-stage', 'compliance.run-stage'])
  expect(await statusOf(advisor, contentId)).toBe('approved')
  const [verdict] = await verdictsOf(advisor, contentId)
  expect(verdict).toMatchObject({ outcome: 'clean', score: 0, findings: [], ai: { status: 'off' } })
  expect(verdict?.stages.map((stage) => [stage.stage, stage.status])).toEqual([
    [1, 'done'],
    [2, 'done'],
    [3, 'done'],
  ])
  expect(verdict?.rendered.text).toContain('ARN-123456')
  expect(await world.auditActions(contentId)).toEqual([
    'content.created',
    'content.submitted',
    ...STAGES,
    'compliance.verdict_given',
    'content.approved',
  ])
  const { proof } = await getApproval(advisor.owner(), { contentId })
  expect(proof.valid).toBe(true)
  const { statement } = await requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
  expect(statement).toMatchObject({ approvedVia: 'policy', approverId: null, renderedText: verdict?.rendered.text })
})

test('a promise of returns is sent back with the clause and the place in the text, and its trail says why', async () => {
  const { advisor, contentId } = await submitted(POLICY, GUARANTEE)
  await drain()
  expect(await statusOf(advisor, contentId)).toBe('changes_required')
  const [verdict] = await verdictsOf(advisor, contentId)
  expect(verdict?.outcome).toBe('changes_required')
  const placed = verdict?.findings.filter((finding) => finding.span !== null) ?? []
  expect(placed.length).toBeGreaterThan(0)
  for (const { clause, quote, span } of placed) {
    expect(clause).not.toBe('')
    expect(GUARANTEE.slice(span?.start, span?.end)).toBe(quote)
  }
  expect(await world.auditActions(contentId)).toEqual([
    'content.created',
    'content.submitted',
    ...STAGES,
    'compliance.verdict_given',
    'content.changes_required',
  ])
  await expect(getApproval(advisor.owner(), { contentId })).rejects.toMatchObject({ code: 'not_found' })
})

test.each<[string, AdvisorOptions]>([
  ['does not allow it', {}],
  ['has a licence that nobody verified', { ...POLICY, licences: [{ type: 'MFD', state: 'claimed' }] }],
  [
    'has one verified licence and one that is not',
    { ...POLICY, licences: [{ type: 'MFD' }, { type: 'IA', state: 'evidence' }] },
  ],
  ['has a lapsing licence', { ...POLICY, licences: [{ type: 'MFD', state: 'lapsing' }] }],
  [
    'has a licence that ran out',
    { ...POLICY, licences: [{ type: 'MFD', validUntil: new Date('2026-11-24T00:00:00Z') }] },
  ],
  ['is suspended', { ...POLICY, status: 'suspended' }],
])('a clean text of a firm that %s goes to a reviewer', async (_, options) => {
  const { advisor, contentId } = await submitted(options)
  await drain(stageRunner(SATISFIED))
  expect(await statusOf(advisor, contentId)).toBe('in_review')
  const rows = await rowsOf(advisor)
  expect(rows.approvals).toEqual([])
  expect(rows.reviews).toMatchObject([{ state: 'open', contentId, authorId: advisor.ownerId }])
})

test('running every stage twice changes nothing', async () => {
  const { advisor, contentId } = await submitted(POLICY)
  await drain(async (ctx, payload) => {
    await runStage(ctx, payload)
    await runStage(ctx, payload)
  })
  const { checks, verdicts, approvals } = await rowsOf(advisor)
  expect([checks.length, verdicts.length, approvals.length]).toEqual([1, 1, 1])
  expect(checks[0]).toMatchObject({ state: 'done', stagesDone: 3 })
  expect(checks[0]?.stages).toHaveLength(3)
  expect((await world.auditActions(contentId)).filter((action) => action === STAGES[0])).toHaveLength(3)
  expect(await drain()).toEqual([])
})

test.each([
  ['policy approves', POLICY, 0.99, { approvals: 1, reviews: 0 }],
  ['policy approves and a second look is drawn', POLICY, 0, { approvals: 1, reviews: 1 }],
  ['a reviewer is asked', {}, 0, { approvals: 0, reviews: 1 }],
])('six workers with the same job decide once where %s', async (_, options, at, rows) => {
  const { advisor, contentId } = await submitted(options)
  await drain(async (ctx, payload) => {
    const drawn = { ...ctx, keys: drawing(ctx.keys, () => at) }
    await Promise.all(Array.from({ length: 6 }, () => runStage(drawn, payload)))
  })
  const { checks, verdicts, reviews, approvals } = await rowsOf(advisor)
  expect([checks.length, verdicts.length]).toEqual([1, 1])
  expect({ approvals: approvals.length, reviews: reviews.length }).toEqual(rows)
  expect((await world.auditActions(contentId)).filter((action) => action === STAGES[0])).toHaveLength(3)
})

test('a late repetition of a stage after the decision changes nothing', async () => {
  const { advisor, job, contentId } = await submitted(POLICY)
  await drain()
  const [check] = (await rowsOf(advisor)).checks
  const before = await world.auditActions(contentId)
  for (const stage of [1, 2, 3]) await runStage(world.ctx(), { ...job, checkId: check?.id, stage })
  expect(await world.auditActions(contentId)).toEqual(before)
  expect(await statusOf(advisor, contentId)).toBe('approved')
})

test.each<[string, Partial<Engine>, number]>([
  ['stage 1', { findHard: broken }, 1],
  ['stage 2', { findInContext: broken }, 2],
  ['the quoting of a finding', { findInContext: () => [{ ...BLOCK, quote: '\ud83d' }] }, 2],
  ['the rendering', { renderText: broken }, 3],
  ['the look at the rendered text', { findInRendered: broken }, 3],
  ['the decision', { decide: broken }, 3],
])('when %s fails, a person must look, whatever policy allows', async (_, parts, stage) => {
  const { advisor, contentId } = await submitted(POLICY)
  await drain(stageRunner({ ...ENGINE, ...parts }))
  expect(await statusOf(advisor, contentId)).toBe('in_review')
  const [verdict] = await verdictsOf(advisor, contentId)
  expect(verdict?.outcome).toBe('review')
  expect(verdict?.stages.filter((report) => report.status === 'failed').map((report) => report.stage)).toEqual([stage])
  expect((await rowsOf(advisor)).approvals).toEqual([])
})

test('a block that was found stands although a later stage fails', async () => {
  const { advisor, contentId } = await submitted(POLICY, GUARANTEE)
  await drain(stageRunner({ ...ENGINE, findHard: () => [BLOCK], decide: broken }))
  expect(await statusOf(advisor, contentId)).toBe('changes_required')
})

test('a database that fails in the middle leaves the check where it was, and the job can come again', async () => {
  const { advisor, contentId } = await submitted(POLICY)
  await expect(drain(stageRunner({ ...ENGINE, version: null as never }))).rejects.toThrow()
  const { checks, verdicts, approvals } = await rowsOf(advisor)
  expect(checks).toMatchObject([{ state: 'running', stagesDone: 2 }])
  expect([verdicts.length, approvals.length]).toEqual([0, 0])
  expect(await statusOf(advisor, contentId)).toBe('checking')
  const { id: checkId = '' } = checks[0] ?? {}
  const ids = { advisorId: advisor.advisorId, contentId, versionId: checks[0]?.versionId, checkId }
  await runStage(world.ctx(), { ...ids, stage: 3 })
  expect(await statusOf(advisor, contentId)).toBe('approved')
})

test.each([1, 2, 3])('a text that is withdrawn before stage %i is not judged', async (stage) => {
  const { advisor, contentId } = await submitted(POLICY)
  await drain(async (ctx, payload) => {
    if ((payload as { stage: number }).stage === stage) await withdrawContent(advisor.owner(), { id: contentId })
    await runStage(ctx, payload)
  })
  expect(await statusOf(advisor, contentId)).toBe('withdrawn')
  const { checks, verdicts } = await rowsOf(advisor)
  expect(verdicts).toEqual([])
  expect(checks.map((check) => check.state)).toEqual(stage === 1 ? [] : ['abandoned'])
})

test('a text that is revised during its check is judged by its new version only', async () => {
  const { advisor, contentId, versionId } = await submitted(POLICY, GUARANTEE)
  let revised = false
  await drain(async (ctx, payload) => {
    if ((payload as { stage: number }).stage === 3 && !revised) {
      revised = true
      await reviseContent(advisor.owner(), { id: contentId, content: CLEAN, submit: true })
    }
    await runStage(ctx, payload)
  })
  expect(await statusOf(advisor, contentId)).toBe('approved')
  const { checks, verdicts } = await rowsOf(advisor)
  expect(verdicts).toMatchObject([{ outcome: 'clean' }])
  expect(verdicts[0]?.versionId).not.toBe(versionId)
  expect(checks.map((check) => check.state).sort()).toEqual(['abandoned', 'done'])
  expect(await world.auditActions(contentId)).toContain('compliance.check_abandoned')
})

test('a withdrawal and a decision at the same moment: one of them counts', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { advisor, contentId } = await submitted(POLICY)
    await drain(async (ctx, payload) => {
      const isLast = (payload as { stage: number }).stage === 3
      await Promise.all([
        runStage(ctx, payload),
        isLast ? withdrawContent(advisor.owner(), { id: contentId }) : undefined,
      ])
    })
    expect(await statusOf(advisor, contentId)).toBe('withdrawn')
    await expect(requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)).rejects.toMatchObject({
      code: 'no_valid_proof',
    })
  }
})

test('a check that began under other rules begins again', async () => {
  const { advisor, contentId } = await submitted(POLICY)
  const older = stageRunner({ ...ENGINE, ruleSet: { version: 'old', digest: 'old' } })
  let stagesByOldRules = 0
  await drain((ctx, payload) => (stagesByOldRules++ < 2 ? older(ctx, payload) : runStage(ctx, payload)))
  const { checks, verdicts } = await rowsOf(advisor)
  expect(checks.map((check) => check.state).sort()).toEqual(['abandoned', 'done'])
  expect(verdicts).toMatchObject([{ ruleSetDigest: ENGINE.ruleSet.digest }])
  expect(await statusOf(advisor, contentId)).toBe('approved')
})

test("the standing is the average of an advisor's verdicts, 100 for nothing found", async () => {
  const advisor = await makeAdvisor(world, POLICY)
  const scores: number[] = []
  for (const content of [CLEAN, GUARANTEE, `${CLEAN} Really.`]) {
    const { contentId } = await createContent(advisor.owner(), { content, submit: true })
    await drain()
    scores.push((await verdictsOf(advisor, contentId))[0]?.score ?? Number.NaN)
  }
  const mean = Math.round(scores.reduce((sum, score) => sum + 100 - score, 0) / scores.length)
  const standings = await world.db.read
    .select()
    .from(schema.complianceStandings)
    .where(eq(schema.complianceStandings.advisorId, advisor.advisorId))
  expect(standings).toMatchObject([{ score: mean, verdictCount: 3 }])
  expect(scores[1]).toBe(100)
})

test('a check whose job was lost is queued again, once, and decided once', async () => {
  const { advisor, contentId } = await submitted(POLICY)
  await drain(async (ctx, payload) => {
    if ((payload as { stage: number }).stage === 1) await runStage(ctx, payload)
  })
  expect(await sweepChecks(world.ctx())).toBe(0)
  world.clock.advance(6 * 60_000)
  expect(await sweepChecks(world.ctx())).toBe(1)
  expect(await sweepChecks(world.ctx())).toBe(0)
  await drain()
  expect(await statusOf(advisor, contentId)).toBe('approved')
  expect((await rowsOf(advisor)).verdicts).toHaveLength(1)
})

test('a text in checking that has no check gets one', async () => {
  const { advisor, contentId } = await submitted(POLICY)
  await drain(async () => undefined)
  world.clock.advance(6 * 60_000)
  const sweeps = await Promise.all([sweepChecks(world.ctx()), sweepChecks(world.ctx())])
  expect(Math.max(...sweeps)).toBe(1)
  await drain()
  expect(await statusOf(advisor, contentId)).toBe('approved')
  const { verdicts } = await rowsOf(advisor)
  expect(verdicts).toHaveLength(1)
  expect(await world.auditActions(contentId)).toContain('compliance.check_requeued')
})

test('a pending review by old rules is checked again by the new ones', async () => {
  const { advisor, contentId } = await submitted()
  await drain(stageRunner({ ...ENGINE, ruleSet: { version: 'old', digest: 'old' } }))
  expect(await statusOf(advisor, contentId)).toBe('in_review')
  expect(await sweepChecks(world.ctx())).toBe(1)
  await drain()
  expect(await statusOf(advisor, contentId)).toBe('in_review')
  const { reviews } = schema
  const states = await world.db.read
    .select({ state: reviews.state })
    .from(reviews)
    .where(and(eq(reviews.advisorId, advisor.advisorId), eq(reviews.contentId, contentId)))
    .orderBy(reviews.id)
  expect(states.map((review) => review.state)).toEqual(['withdrawn', 'open'])
})

test('only the system runs stages', async () => {
  const { advisor, job } = await submitted()
  const payload = { ...job, checkId: world.ctx().newId(), stage: 1 }
  await expect(runStage(advisor.owner(), payload)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(sweepChecks(advisor.owner())).rejects.toMatchObject({ code: 'forbidden' })
  await drain()
})
