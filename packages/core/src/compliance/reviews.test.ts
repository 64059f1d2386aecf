import { schema } from '@pramaan/db'
import type { ReviewPage } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, getContent, reviseContent, submitContent, withdrawContent } from '../content/index.ts'
import { createApiKey } from '../identity/index.ts'
import { ENGINE } from './engine.ts'
import {
  approveReview,
  claimReview,
  getApproval,
  listReviews,
  rejectReview,
  releaseReview,
  requireProof,
  runStage,
} from './index.ts'
import { stageRunner } from './run-stage.ts'

const world = await testWorld()

const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const drain = (handler = runStage) => world.drainJobs({ 'compliance.run-stage': handler })

/** A text of a firm without policy, checked and waiting for a reviewer. */
async function waiting(handler = runStage, known?: TestAdvisor) {
  const advisor = known ?? (await makeAdvisor(world))
  const { contentId } = await createContent(advisor.owner(), { content: CLEAN, submit: true })
  await drain(handler)
  return { advisor, contentId, id: await reviewIdOf(contentId) }
}

async function reviewIdOf(contentId: string): Promise<string> {
  const rows = await world.db.read.select().from(schema.reviews).where(eq(schema.reviews.contentId, contentId))
  const id = rows
    .map((row) => row.id)
    .sort()
    .at(-1)
  if (id === undefined) throw new Error('no review')
  return id
}
const statusOf = async (advisor: TestAdvisor, id: string) => (await getContent(advisor.owner(), { id })).status
const note = 'Read in full; nothing promised.'

test('a reviewer sees the text as it is sent, claims it, approves it, and sending has its proof', async () => {
  const { advisor, contentId, id } = await waiting()
  const reviewer = makeStaff(world, 'reviewer')
  const { items } = await listReviews(reviewer, { limit: 100 })
  expect(items.find((item) => item.id === id)).toMatchObject({
    contentId,
    advisor: { id: advisor.advisorId, displayName: 'Verma Advisory' },
    state: 'open',
    claimedBy: null,
    content: CLEAN,
    renderedText: expect.stringContaining('ARN-123456'),
    outcome: 'clean',
  })
  expect(await claimReview(reviewer, { id })).toMatchObject({ state: 'claimed', contentStatus: 'in_review' })
  expect(await approveReview(reviewer, { id, note })).toEqual({
    id,
    state: 'approved',
    contentId,
    contentStatus: 'approved',
  })
  const { statement } = await requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
  const approverId = reviewer.actor.kind === 'user' ? reviewer.actor.userId : ''
  expect(statement).toMatchObject({ approvedVia: 'reviewer', approverId, contentId })
  expect((await getApproval(advisor.member(), { contentId })).proof.valid).toBe(true)
  expect((await world.auditActions(contentId)).slice(-2)).toEqual(['review.claimed', 'content.approved'])
  const entries = await world.db.read
    .select()
    .from(schema.auditEntries)
    .where(eq(schema.auditEntries.objectId, contentId))
  const approved = entries.find((entry) => entry.action === 'content.approved')
  expect(approved).toMatchObject({ advisorId: advisor.advisorId, actorId: approverId, body: { reason: note } })
})

test('a rejected text carries the reason and must change before it is checked again', async () => {
  const { advisor, contentId, id } = await waiting()
  const reviewer = makeStaff(world, 'reviewer')
  await claimReview(reviewer, { id })
  const decision = await rejectReview(reviewer, { id, reason: 'Names a scheme.', ruleId: 'TIP-NAMED' })
  expect(decision).toMatchObject({ state: 'rejected', contentStatus: 'rejected' })
  await expect(submitContent(advisor.owner(), { id: contentId })).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await world.auditActions(contentId)).toContain('content.rejected')
  expect((await listReviews(reviewer, { state: 'rejected', limit: 100 })).items.map((item) => item.id)).toContain(id)
})

test('of ten reviewers who claim at once one has it, and can give it back', async () => {
  const { id } = await waiting()
  const reviewers = Array.from({ length: 10 }, () => makeStaff(world, 'reviewer'))
  const claims = await Promise.allSettled(reviewers.map((reviewer) => claimReview(reviewer, { id })))
  const winners = reviewers.filter((_, n) => claims[n]?.status === 'fulfilled')
  expect(winners).toHaveLength(1)
  for (const claim of claims) if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ code: 'conflict' })
  const [winner] = winners
  const loser = reviewers.find((reviewer) => reviewer !== winner)
  if (!winner || !loser) throw new Error('no winner')
  await expect(releaseReview(loser, { id })).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await claimReview(winner, { id })).toMatchObject({ state: 'claimed' })
  expect(await releaseReview(winner, { id })).toMatchObject({ state: 'open' })
  expect(await claimReview(loser, { id })).toMatchObject({ state: 'claimed' })
})

test('nobody decides on what they have not claimed', async () => {
  const { advisor, contentId, id } = await waiting()
  const reviewer = makeStaff(world, 'reviewer')
  await expect(approveReview(reviewer, { id, note })).rejects.toMatchObject({ code: 'invalid_state' })
  await claimReview(makeStaff(world, 'reviewer'), { id })
  await expect(approveReview(reviewer, { id, note })).rejects.toMatchObject({ code: 'invalid_state' })
  await expect(rejectReview(reviewer, { id, reason: 'no' })).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await statusOf(advisor, contentId)).toBe('in_review')
  expect(await world.auditActions(contentId)).toContain('review.refused')
})

test('approving and rejecting at the same moment: one wins, and there is one proof or none', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { advisor, contentId, id } = await waiting()
    const reviewer = makeStaff(world, 'reviewer')
    await claimReview(reviewer, { id })
    const ends = await Promise.allSettled([
      approveReview(reviewer, { id, note }),
      rejectReview(reviewer, { id, reason: 'no' }),
      approveReview(reviewer, { id, note }),
    ])
    const won = ends.filter((end) => end.status === 'fulfilled')
    expect(won).toHaveLength(1)
    const approvals = await world.db.read
      .select()
      .from(schema.approvals)
      .where(eq(schema.approvals.contentId, contentId))
    expect(approvals).toHaveLength((await statusOf(advisor, contentId)) === 'approved' ? 1 : 0)
  }
})

test('approving and revising at the same moment never approves words that nobody read', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { advisor, contentId, id } = await waiting()
    const reviewer = makeStaff(world, 'reviewer')
    await claimReview(reviewer, { id })
    await Promise.allSettled([
      approveReview(reviewer, { id, note }),
      reviseContent(advisor.owner(), { id: contentId, content: 'Guaranteed returns!' }),
    ])
    const { content, status } = await getContent(advisor.owner(), { id: contentId })
    if (content !== CLEAN) {
      expect(status).toBe('draft')
      const proof = requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
      await expect(proof).rejects.toMatchObject({ code: 'no_valid_proof' })
    }
  }
})

test.each<[string, (advisor: TestAdvisor, id: string) => Promise<unknown>]>([
  ['withdrawn', (advisor, id) => withdrawContent(advisor.owner(), { id })],
  ['revised', (advisor, id) => reviseContent(advisor.owner(), { id, content: 'Other words' })],
])('the review of a text that was %s leaves the queue and decides nothing', async (_, change) => {
  const { advisor, contentId, id } = await waiting()
  const reviewer = makeStaff(world, 'reviewer')
  await claimReview(reviewer, { id })
  await change(advisor, contentId)
  for (const state of ['open', 'claimed'] as const) {
    expect((await listReviews(reviewer, { state, limit: 100 })).items.map((item) => item.id)).not.toContain(id)
  }
  await expect(approveReview(reviewer, { id, note })).rejects.toMatchObject({ code: 'invalid_state' })
})

test('a text that comes back has one pending review, the new one', async () => {
  const { advisor, contentId, id } = await waiting()
  const reviewer = makeStaff(world, 'reviewer')
  await claimReview(reviewer, { id })
  await withdrawContent(advisor.owner(), { id: contentId })
  await submitContent(advisor.owner(), { id: contentId })
  await drain()
  await expect(approveReview(reviewer, { id, note })).rejects.toMatchObject({ code: 'invalid_state' })
  const next = await reviewIdOf(contentId)
  expect(next).not.toBe(id)
  await claimReview(reviewer, { id: next })
  await approveReview(reviewer, { id: next, note })
  expect(await statusOf(advisor, contentId)).toBe('approved')
})

test('a reviewer does not decide on a text of their own', async () => {
  const { id } = await waiting()
  const reviewer = makeStaff(world, 'reviewer')
  if (reviewer.actor.kind !== 'user') throw new Error('not a user')
  const authorId = reviewer.actor.userId
  await world.db.read.update(schema.reviews).set({ authorId }).where(eq(schema.reviews.id, id))
  await expect(claimReview(reviewer, { id })).rejects.toMatchObject({ code: 'forbidden' })
  const held = { authorId, state: 'claimed', claimedBy: authorId } as const
  await world.db.read.update(schema.reviews).set(held).where(eq(schema.reviews.id, id))
  await expect(approveReview(reviewer, { id, note })).rejects.toMatchObject({ code: 'forbidden' })
})

test('who made an API key does not decide on what came by it, should they become a reviewer', async () => {
  const advisor = await makeAdvisor(world, { tier: 'standard' })
  const { id: keyId } = await createApiKey(advisor.owner(), { name: 'CRM', scopes: ['content:write'] })
  const byKey = world.ctx({ kind: 'api_key', keyId, scopes: ['content:write'] }, advisor.advisorId)
  const { contentId } = await createContent(byKey, { content: CLEAN, submit: true })
  await drain()
  const id = await reviewIdOf(contentId)
  const maker = world.ctx(
    { kind: 'user', userId: advisor.ownerId, role: 'reviewer', memberRole: null, sessionId: 's' },
    null,
  )
  await expect(claimReview(maker, { id })).rejects.toMatchObject({ code: 'forbidden' })
  await claimReview(makeStaff(world, 'reviewer'), { id })
  await expect(approveReview(byKey, { id, note })).rejects.toMatchObject({ code: 'forbidden' })
})

test('owners, members, admins and inspectors neither see the queue nor decide', async () => {
  const { advisor, contentId, id } = await waiting()
  const others = [advisor.owner(), advisor.member(), makeStaff(world, 'admin'), makeStaff(world, 'inspector')]
  for (const ctx of others) {
    const attempts = [
      () => listReviews(ctx, {}),
      () => claimReview(ctx, { id }),
      () => releaseReview(ctx, { id }),
      () => approveReview(ctx, { id, note }),
      () => rejectReview(ctx, { id, reason: 'no' }),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' })
  }
  expect(await statusOf(advisor, contentId)).toBe('in_review')
})

test('what could not be rendered, or was judged by other rules, is not approved', async () => {
  const unrendered = stageRunner({
    ...ENGINE,
    renderText: () => {
      throw new Error('a rule is broken')
    },
  })
  const olderRules = stageRunner({ ...ENGINE, ruleSet: { version: 'old', digest: 'old' } })
  for (const handler of [unrendered, olderRules]) {
    const { advisor, contentId, id } = await waiting(handler)
    const reviewer = makeStaff(world, 'reviewer')
    await claimReview(reviewer, { id })
    await expect(approveReview(reviewer, { id, note })).rejects.toMatchObject({ code: 'invalid_state' })
    expect(await statusOf(advisor, contentId)).toBe('in_review')
    await rejectReview(reviewer, { id, reason: 'Submit it again.' })
  }
})

test('the queue pages from the oldest on, over all advisors', async () => {
  const made = [await waiting(), await waiting(), await waiting()].map((one) => one.id)
  const reviewer = makeStaff(world, 'reviewer')
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page: z.infer<typeof ReviewPage> = await listReviews(reviewer, { limit: 2, cursor })
    seen.push(...page.items.map((item) => item.id))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  expect(seen.filter((id) => made.includes(id))).toEqual(made)
})

test('a review that does not exist is not found', async () => {
  const reviewer = makeStaff(world, 'reviewer')
  await expect(claimReview(reviewer, { id: world.ctx().newId() })).rejects.toMatchObject({ code: 'not_found' })
})
