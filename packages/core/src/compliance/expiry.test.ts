import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, getContent, reviseContent, submitContent, withdrawContent } from '../content/index.ts'
import { ENGINE } from './engine.ts'
import { getApproval, requireProof, runStage, sweepApprovals } from './index.ts'
import { stageRunner } from './run-stage.ts'
import { CLEAN, desk } from './testing.ts'

const world = await testWorld()
const { approvalsOf, runChecks, statusOf } = desk(world)

const DAY = 24 * 3_600_000

async function approved(handler = runStage) {
  const advisor = await makeAdvisor(world, {
    autoApproveClean: true,
    licences: [{ type: 'MFD' }, { type: 'IA' }],
  })
  const { contentId } = await createContent(advisor.owner(), { content: CLEAN, submit: true })
  await runChecks(handler)
  expect(await statusOf(advisor, contentId)).toBe('approved')
  return { advisor, contentId }
}
const sweep = () => sweepApprovals(world.ctx())
const noticesAbout = async (contentId: string) => {
  const jobs = await world.db.read.select().from(schema.outbox).where(eq(schema.outbox.queue, 'identity.send-mail'))
  return jobs
    .map(({ payload }) => (payload as { data: { topic: string; objectId: string; userId?: string } }).data)
    .filter(({ objectId }) => objectId === contentId)
}
const lastEntry = async (contentId: string, action: string) => {
  const { auditEntries } = schema
  const rows = await world.db.read
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.objectId, contentId), eq(auditEntries.action, action)))
  return rows.at(-1)
}

test('an approval is announced to lapse once, 14 days before, and lapses after 180; the text is submitted again in one call', async () => {
  const { advisor, contentId } = await approved()
  world.clock.advance(166 * DAY - 1)
  await sweep()
  expect(await noticesAbout(contentId)).toEqual([])
  world.clock.advance(1)
  await sweep()
  await sweep()
  expect(await noticesAbout(contentId)).toMatchObject([{ topic: 'approval_lapsing', userId: advisor.ownerId }])
  world.clock.advance(14 * DAY - 1)
  await sweep()
  expect(await statusOf(advisor, contentId)).toBe('approved')
  world.clock.advance(1)
  await sweep()
  expect(await statusOf(advisor, contentId)).toBe('expired')
  expect((await noticesAbout(contentId)).map(({ topic }) => topic)).toEqual(['approval_lapsing', 'approval_lapsed'])
  expect((await lastEntry(contentId, 'content.expired'))?.body).toMatchObject({ reason: 'the approval ran out' })

  await submitContent(advisor.owner(), { id: contentId })
  await runChecks()
  expect(await statusOf(advisor, contentId)).toBe('approved')
  expect((await getApproval(advisor.owner(), { contentId })).proof.valid).toBe(true)
  expect(await approvalsOf(contentId)).toHaveLength(2)
  await sweep()
  expect(await statusOf(advisor, contentId)).toBe('approved')
})

test('an approval by other rules is suspended, and the same text comes back in one call if the new rules let it', async () => {
  const { advisor, contentId } = await approved(stageRunner({ ...ENGINE, ruleSet: { version: 'old', digest: 'old' } }))
  await sweep()
  expect(await statusOf(advisor, contentId)).toBe('suspended')
  expect((await lastEntry(contentId, 'content.suspended'))?.body).toMatchObject({ ruleSetDigest: 'old' })
  await submitContent(advisor.owner(), { id: contentId })
  await runChecks()
  expect(await statusOf(advisor, contentId)).toBe('approved')
})

test('an approval ends with a licence that its footer names, at once, and not with one that it does not name', async () => {
  const { advisor, contentId } = await approved()
  const { licences } = schema
  const own = eq(licences.advisorId, advisor.advisorId)
  await world.db.read.insert(licences).values({
    advisorId: advisor.advisorId,
    id: world.ctx().newId(),
    type: 'RA',
    number: 'INH000099999',
    state: 'lapsed',
  })
  await sweep()
  expect(await statusOf(advisor, contentId)).toBe('approved')
  const validUntil = new Date(world.clock.now().getTime() + DAY)
  await world.db.read
    .update(licences)
    .set({ validUntil })
    .where(and(own, eq(licences.type, 'IA')))
  const proof = () => requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
  await proof()
  world.clock.advance(DAY)
  await expect(proof()).rejects.toMatchObject({ code: 'no_valid_proof' })
  await sweep()
  expect(await statusOf(advisor, contentId)).toBe('expired')
  expect((await lastEntry(contentId, 'content.expired'))?.body).toMatchObject({
    reason: expect.stringContaining('licence'),
  })
})

test('an edit ends an approval; nobody is told that what was edited or withdrawn lapses', async () => {
  const edited = await approved()
  await reviseContent(edited.advisor.owner(), { id: edited.contentId, content: `${CLEAN} Ask us.` })
  const taken = await approved()
  await withdrawContent(taken.advisor.owner(), { id: taken.contentId })
  const proof = requireProof(world.ctx(), world.db.read, edited.advisor.advisorId, edited.contentId)
  await expect(proof).rejects.toMatchObject({ code: 'no_valid_proof' })
  world.clock.advance(170 * DAY)
  await sweep()
  world.clock.advance(11 * DAY)
  await sweep()
  for (const { advisor, contentId } of [edited, taken]) {
    expect(await noticesAbout(contentId)).toEqual([])
    expect((await getContent(advisor.owner(), { id: contentId })).status).toMatch(/draft|withdrawn/)
  }
})

test('two sweeps at once end each approval once', async () => {
  const made = [await approved(), await approved(), await approved()]
  world.clock.advance(180 * DAY)
  await Promise.all([sweep(), sweep(), sweep()])
  for (const { contentId } of made) {
    const ended = (await world.auditActions(contentId)).filter((action) => action === 'content.expired')
    expect(ended).toHaveLength(1)
  }
})
