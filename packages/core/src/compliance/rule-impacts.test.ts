import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, submitContent } from '../content/index.ts'
import type { Ctx } from '../platform/context.ts'
import {
  activateRules,
  approveReview,
  claimReview,
  getImpact,
  listRuleSets,
  previewRules,
  requestImpact,
  requireProof,
  sweepApprovals,
} from './index.ts'
import { previewRulesJob } from './preview-rules.ts'
import { RULE_SET } from './rules/index.ts'
import { CLEAN, desk, ruleAgainst } from './testing.ts'

const world = await testWorld()
const { freshAdmin, officers, runChecks, statusOf } = desk(world)

const OTHER = 'Please update your nominee before the year ends. Forms are at our office.'
const HIDDEN = 'Please up\u200bdate your nom\u200binee before the ye\u200bar end. Forms are at our office.'

async function firm(...texts: string[]) {
  const advisor = await makeAdvisor(world, { autoApproveClean: true })
  const ids: string[] = []
  for (const content of texts) {
    const { contentId } = await createContent(advisor.owner(), { content, submit: true })
    ids.push(contentId)
  }
  await runChecks()
  return { advisor, ids }
}

async function approveByOfficer(contentId: string): Promise<void> {
  const [review] = await world.db.read.select().from(schema.reviews).where(eq(schema.reviews.contentId, contentId))
  const id = review?.id ?? ''
  const [officer] = officers(1) as [Ctx]
  await claimReview(officer, { id })
  await approveReview(officer, { id, note: 'A slip of the keyboard.' })
}

const run = () => world.drainJobs({ 'compliance.preview-rules': previewRules })

test('a report lists each text on which candidate rules decide otherwise, both ways, and judges only what may be sent', async () => {
  const { ids } = await firm(CLEAN, OTHER, HIDDEN, 'Guaranteed 15% returns and a habit of saving!')
  const [clean = '', , hidden = ''] = ids
  await approveByOfficer(hidden)
  const candidate = { version: 'test-1', rules: [ruleAgainst('habit')], retire: ['TXT-HIDDEN-CHARS'] }
  const asked = await requestImpact(freshAdmin(), candidate)
  expect(asked).toMatchObject({ state: 'running', baseDigest: RULE_SET.digest, version: 'test-1' })
  await run()
  const { flips, impact } = await getImpact(freshAdmin(), { id: asked.id, limit: 100 })
  expect(impact).toMatchObject({ state: 'done', judged: 3, stricter: 1, looser: 1, failed: 0 })
  expect(flips.items.find(({ contentId }) => contentId === clean)).toMatchObject({
    direction: 'stricter',
    from: 'clean',
    to: 'changes_required',
    status: 'approved',
    rulesGone: [],
    rulesNew: ['CLM-NEW'],
  })
  expect(flips.items.find(({ contentId }) => contentId === hidden)).toMatchObject({
    direction: 'looser',
    from: 'review',
    to: 'clean',
    rulesGone: ['TXT-HIDDEN-CHARS'],
  })
  expect(flips.items).toHaveLength(2)
  expect(await world.auditActions(asked.id)).toEqual(['rule_impact.requested', 'rule_impact.finished'])
  const [pack] = await world.db.read.select().from(schema.rulePacks).where(eq(schema.rulePacks.digest, asked.digest))
  expect(pack?.version).toBe('test-1')
})

test('a job that runs twice counts its slice once', async () => {
  await firm(CLEAN)
  const { id } = await requestImpact(freshAdmin(), { version: 'test-2', rules: [ruleAgainst('habit')] })
  const payload = previewRulesJob.payload.parse({ impactId: id })
  await Promise.all([previewRules(world.ctx(), payload), previewRules(world.ctx(), payload)])
  await previewRules(world.ctx(), payload)
  const { flips, impact } = await getImpact(freshAdmin(), { id, limit: 100 })
  expect(flips.items).toHaveLength(impact.stricter + impact.looser)
  const live = await world.db.read.select().from(schema.contents).where(eq(schema.contents.status, 'approved'))
  expect(impact.judged).toBe(live.length)
  await run()
})

test('rules that do not compile are refused with the reason, and leave nothing behind', async () => {
  const broken = { ...ruleAgainst('habit'), patterns: { en: ['optional?'] } }
  const request = requestImpact(freshAdmin(), { version: 'test-3', rules: [broken] })
  await expect(request).rejects.toMatchObject({
    code: 'invalid_input',
    publicMessage: expect.stringContaining('compile'),
  })
  const { items } = await listRuleSets(freshAdmin(), { limit: 100 })
  expect(items.map(({ version }) => version)).not.toContain('test-3')
})

test('two administrators activate rules; then what they refuse is suspended at once, and what they allow is not', async () => {
  const { advisor, ids } = await firm(CLEAN, OTHER)
  const [refusedText = '', allowed = ''] = ids
  const { id } = await requestImpact(freshAdmin(), { version: 'test-4', rules: [ruleAgainst('habit')] })
  const [first, second] = [freshAdmin(), freshAdmin()]
  await expect(activateRules(first, { id })).rejects.toMatchObject({ code: 'invalid_state' })
  await run()
  const stale = { ...first, now: () => new Date(world.clock.now().getTime() + 11 * 60_000) }
  await expect(activateRules(stale, { id })).rejects.toMatchObject({ code: 'step_up_required' })
  expect(await activateRules(first, { id })).toMatchObject({ activatedAt: null })
  expect(await statusOf(advisor, refusedText)).toBe('approved')
  await expect(activateRules(first, { id })).rejects.toMatchObject({ code: 'forbidden' })
  expect(await activateRules(second, { id })).toMatchObject({ activatedAt: expect.any(String) })
  expect(await statusOf(advisor, refusedText)).toBe('suspended')
  expect(await statusOf(advisor, allowed)).toBe('approved')
  const proof = requireProof(world.ctx(), world.db.read, advisor.advisorId, refusedText)
  await expect(proof).rejects.toMatchObject({ code: 'no_valid_proof' })
  await requireProof(world.ctx(), world.db.read, advisor.advisorId, allowed)
  expect((await world.auditActions(id)).slice(-2)).toEqual(['rule_set.proposed', 'rule_set.activated'])
  expect(await world.auditActions(refusedText)).toContain('content.suspended')
  await expect(activateRules(freshAdmin(), { id })).rejects.toMatchObject({ code: 'invalid_state' })

  await submitContent(advisor.owner(), { id: refusedText })
  await runChecks()
  await sweepApprovals(world.ctx())
  expect(await statusOf(advisor, refusedText)).toBe('changes_required')
  expect(await statusOf(advisor, allowed)).toBe('approved')
})

test('of two administrators who propose or activate at the same moment one does', async () => {
  await firm(OTHER)
  const { id } = await requestImpact(freshAdmin(), { version: 'test-5' })
  await run()
  for (const state of ['proposed', 'activated'] as const) {
    const ends = await Promise.allSettled([freshAdmin(), freshAdmin()].map((admin) => activateRules(admin, { id })))
    const done = (await world.auditActions(id)).filter((action) => action === `rule_set.${state}`)
    expect(done).toHaveLength(1)
    if (ends.every((end) => end.status === 'fulfilled')) return
  }
})

test('of two candidates for the place of the same rules one is activated, also at the same moment', async () => {
  const reports = [
    await requestImpact(freshAdmin(), { version: 'test-6a' }),
    await requestImpact(freshAdmin(), { version: 'test-6b' }),
  ]
  await run()
  for (const { id } of reports) await activateRules(freshAdmin(), { id })
  const ends = await Promise.allSettled(reports.map(({ id }) => activateRules(freshAdmin(), { id })))
  expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
  const failed = ends.find((end) => end.status === 'rejected')
  expect(['conflict', 'invalid_state']).toContain(failed?.reason.code)
  const last = await requestImpact(freshAdmin(), { version: 'test-6c' })
  expect(reports.map(({ digest }) => digest)).toContain(last.baseDigest)
  await run()
})

test('nobody but administrators sees or activates candidate rules', async () => {
  const advisor = await makeAdvisor(world)
  for (const ctx of [advisor.owner(), makeStaff(world, 'reviewer'), makeStaff(world, 'inspector')]) {
    await expect(requestImpact(ctx, { version: 'x' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(listRuleSets(ctx, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(activateRules(ctx, { id: world.ctx().newId() })).rejects.toMatchObject({ code: 'forbidden' })
  }
})
