import { schema } from '@pramaan/db'
import type { Tier } from '@pramaan/shared'
import { and, eq, like } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { drawing, testWorld } from '../../testing/index.ts'
import { getContent } from '../content/index.ts'
import type { Ctx } from '../platform/context.ts'
import {
  acceptSuggestion,
  approveReview,
  claimReview,
  declineSuggestion,
  getApproval,
  listReviews,
  listSuggestions,
  rejectReview,
  releaseReview,
  requireProof,
  runStage,
  suggestWording,
  sweepReviews,
} from './index.ts'
import { CLEAN, desk, idOf, scored } from './testing.ts'

const world = await testWorld()
const { approvalsOf, officers, reviewsOf, runChecks, statusOf, submitted } = desk(world)

const note = 'Read in full.'
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const refused = (code: string) => ({ code })

test('from a score of 60 on two officers must approve, and the first of them cannot be the second', async () => {
  const { advisor, contentId, id } = await submitted({ handler: scored(60) })
  const [first, second] = officers(2) as [Ctx, Ctx]
  await claimReview(first, { id })
  expect(await approveReview(first, { id, note })).toMatchObject({ state: 'open', contentStatus: 'in_review' })
  expect(await approvalsOf(contentId)).toEqual([])
  await expect(claimReview(first, { id })).rejects.toMatchObject(refused('forbidden'))
  await claimReview(second, { id })
  expect(await approveReview(second, { id, note })).toMatchObject({ state: 'approved', contentStatus: 'approved' })
  const { statement } = await requireProof(world.ctx(), world.db.read, advisor.advisorId, contentId)
  expect(statement).toMatchObject({ approvers: [idOf(first), idOf(second)], approverId: idOf(second) })
  expect((await world.auditActions(contentId)).slice(-5)).toEqual([
    'review.claimed',
    'review.endorsed',
    'review.refused',
    'review.claimed',
    'content.approved',
  ])
})

test('below a score of 60 one officer is enough', async () => {
  const { contentId, id } = await submitted({ handler: scored(59) })
  const [officer] = officers(1) as [Ctx]
  await claimReview(officer, { id })
  expect(await approveReview(officer, { id, note })).toMatchObject({ state: 'approved' })
  const [approval] = await approvalsOf(contentId)
  expect(JSON.parse(approval?.statement ?? '{}').approvers).toEqual([idOf(officer)])
})

test('one officer rejects what two would have to approve, also after the first approval', async () => {
  const { advisor, contentId, id } = await submitted({ handler: scored(80) })
  const [first, second] = officers(2) as [Ctx, Ctx]
  await claimReview(first, { id })
  await approveReview(first, { id, note })
  await claimReview(second, { id })
  await rejectReview(second, { id, reason: 'It promises too much.' })
  expect(await statusOf(advisor, contentId)).toBe('rejected')
  expect(await approvalsOf(contentId)).toEqual([])
})

test('a claim ends after half an hour: then it decides nothing, and another officer takes it over', async () => {
  const { contentId, id } = await submitted()
  const [first, second] = officers(2) as [Ctx, Ctx]
  await claimReview(first, { id })
  world.clock.advance(29 * MINUTE)
  await expect(claimReview(second, { id })).rejects.toMatchObject(refused('conflict'))
  await claimReview(first, { id })
  world.clock.advance(29 * MINUTE)
  await expect(claimReview(second, { id })).rejects.toMatchObject(refused('conflict'))
  world.clock.advance(MINUTE)
  await expect(approveReview(first, { id, note })).rejects.toMatchObject(refused('invalid_state'))
  await expect(rejectReview(first, { id, reason: note })).rejects.toMatchObject(refused('invalid_state'))
  await claimReview(second, { id })
  await expect(releaseReview(first, { id })).rejects.toMatchObject(refused('invalid_state'))
  await approveReview(second, { id, note })
  expect(await world.auditActions(contentId)).toContain('review.claim_renewed')
})

test('the sweep gives claims that ran out back to the queue, and leaves the others alone', async () => {
  const [over, live] = [await submitted(), await submitted()]
  const [officer] = officers(1) as [Ctx]
  await claimReview(officer, { id: over.id })
  world.clock.advance(20 * MINUTE)
  await claimReview(officer, { id: live.id })
  world.clock.advance(10 * MINUTE)
  await sweepReviews(world.ctx())
  expect((await reviewsOf(over.contentId))[0]).toMatchObject({ state: 'open', claimedBy: null, claimedUntil: null })
  expect((await reviewsOf(live.contentId))[0]).toMatchObject({ state: 'claimed', claimedBy: idOf(officer) })
  expect(await world.auditActions(over.contentId)).toContain('review.claim_lapsed')
})

test('of two officers who approve at the same moment, one with a claim that was taken over, one wins', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { contentId, id } = await submitted()
    const [first, second] = officers(2) as [Ctx, Ctx]
    await claimReview(first, { id })
    const early = { ...first, now: world.clock.now }
    const moment = world.clock.now()
    world.clock.advance(31 * MINUTE)
    await claimReview(second, { id })
    // The first officer's process has a clock that is behind: its lease seems to hold.
    const ends = await Promise.allSettled([
      approveReview({ ...early, now: () => moment }, { id, note }),
      approveReview(second, { id, note }),
      approveReview(second, { id, note }),
    ])
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
    expect(await approvalsOf(contentId)).toHaveLength(1)
  }
})

test('of two officers who give the second approval at the same moment one has it, and there is one proof', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { contentId, id } = await submitted({ handler: scored(75) })
    const [first, second, third] = officers(3) as [Ctx, Ctx, Ctx]
    await claimReview(first, { id })
    const both = await Promise.allSettled([approveReview(first, { id, note }), approveReview(first, { id, note })])
    expect(both.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
    const claims = await Promise.allSettled([second, third].map((officer) => claimReview(officer, { id })))
    expect(claims.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
    const ends = await Promise.allSettled([second, third].map((officer) => approveReview(officer, { id, note })))
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
    expect(await approvalsOf(contentId)).toHaveLength(1)
  }
})

test('whoever wrote any version, or belongs to the firm, in whatever role they sign in, does not decide', async () => {
  const advisor = await makeAdvisor(world)
  const { id, contentId } = await submitted({ advisor })
  const asReviewer = (userId: string) =>
    world.ctx({ kind: 'user', userId, role: 'reviewer', memberRole: null, sessionId: 's' }, null)
  const owner = asReviewer(advisor.ownerId)
  await expect(claimReview(owner, { id })).rejects.toMatchObject(refused('forbidden'))
  const colleague = asReviewer(world.ctx().newId())
  await world.db.read.insert(schema.users).values({
    id: idOf(colleague),
    emailHash: Buffer.from(idOf(colleague)),
    email: Buffer.from(''),
    fullName: Buffer.from(''),
    passwordHash: '',
    role: 'reviewer',
    status: 'active',
  })
  await world.db.read
    .insert(schema.members)
    .values({ advisorId: advisor.advisorId, userId: idOf(colleague), role: 'member' })
  await expect(claimReview(colleague, { id })).rejects.toMatchObject(refused('forbidden'))
  expect(await world.auditActions(contentId)).toContain('review.refused')
})

test('words that an officer proposes become a new version with a verdict of its own, which that officer does not decide', async () => {
  const { advisor, contentId, id } = await submitted({ handler: scored(30) })
  const [officer, other] = officers(2) as [Ctx, Ctx]
  await claimReview(officer, { id })
  await expect(suggestWording(officer, { id, content: CLEAN, note })).rejects.toMatchObject(refused('invalid_input'))
  const content = 'A monthly SIP builds a habit. Mutual fund returns are not guaranteed.'
  expect(await suggestWording(officer, { id, content, note: 'Shorter.' })).toMatchObject({ state: 'suggested' })
  await expect(claimReview(other, { id })).rejects.toMatchObject(refused('invalid_state'))
  const { items } = await listSuggestions(advisor.member(), { id: contentId })
  expect(items).toMatchObject([{ content, note: 'Shorter.', state: 'offered' }])
  const suggestionId = items[0]?.id ?? ''
  expect(await acceptSuggestion(advisor.owner(), { id: contentId, suggestionId })).toMatchObject({ status: 'checking' })
  await runChecks()
  expect(await getContent(advisor.owner(), { id: contentId })).toMatchObject({ content, versionNumber: 2 })
  const [before, after] = await reviewsOf(contentId)
  expect(before).toMatchObject({ id, state: 'withdrawn' })
  expect(after?.verdictId).not.toBe(before?.verdictId)
  const next = { id: after?.id ?? '' }
  await expect(claimReview(officer, next)).rejects.toMatchObject(refused('forbidden'))
  await claimReview(other, next)
  await approveReview(other, { ...next, note })
  expect(await world.auditActions(contentId)).toEqual(
    expect.arrayContaining(['review.wording_suggested', 'suggestion.accepted', 'content.revised']),
  )
})

test('a proposal that the author leaves gives the text back to the queue; it is answered once', async () => {
  const { advisor, contentId, id } = await submitted()
  const [officer] = officers(1) as [Ctx]
  await claimReview(officer, { id })
  await suggestWording(officer, { id, content: 'Other words.', note })
  const [offered] = (await listSuggestions(advisor.owner(), { id: contentId })).items
  const answer = { id: contentId, suggestionId: offered?.id ?? '' }
  const ends = await Promise.allSettled([
    declineSuggestion(advisor.owner(), answer),
    acceptSuggestion(advisor.member(), answer),
  ])
  expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
  await expect(declineSuggestion(advisor.owner(), answer)).rejects.toMatchObject({ code: /invalid_state|conflict/ })
  const stranger = await makeAdvisor(world)
  await expect(acceptSuggestion(stranger.owner(), answer)).rejects.toMatchObject(refused('not_found'))
  await expect(listSuggestions(stranger.owner(), { id: contentId })).rejects.toMatchObject(refused('not_found'))
})

test('an overdue review is escalated once, told to its firm and the reviewers, and approved by nobody', async () => {
  const { advisor, contentId, id } = await submitted({ advisor: await makeAdvisor(world, { tier: 'pro' }) })
  const dueAt = (await reviewsOf(contentId))[0]?.dueAt ?? new Date(0)
  await world.db.read.delete(schema.outbox)
  world.clock.advance(dueAt.getTime() - world.clock.now().getTime() - 1)
  await sweepReviews(world.ctx())
  expect((await reviewsOf(contentId))[0]?.escalatedAt).toBeNull()
  world.clock.advance(1)
  await sweepReviews(world.ctx())
  await sweepReviews(world.ctx())
  expect((await reviewsOf(contentId))[0]).toMatchObject({ state: 'open', escalatedAt: world.clock.now() })
  expect((await world.auditActions(contentId)).filter((action) => action === 'review.escalated')).toHaveLength(1)
  const jobs = await world.db.read.select().from(schema.outbox).where(eq(schema.outbox.queue, 'identity.send-mail'))
  const topics = jobs.map(({ payload }) => (payload as { data: { topic: string; objectId: string } }).data)
  expect(topics.filter(({ objectId }) => objectId === contentId).map(({ topic }) => topic)).toContain('review_overdue')
  expect(topics.map(({ topic }) => topic)).toContain('reviews_overdue')
  world.clock.advance(365 * DAY)
  await sweepReviews(world.ctx())
  expect(await statusOf(advisor, contentId)).toBe('in_review')
  const [officer] = officers(1) as [Ctx]
  await claimReview(officer, { id })
  await approveReview(officer, { id, note })
})

test('the queue shows what is due first, or what is most dangerous first, page by page', async () => {
  const tiers: Tier[] = ['basic', 'pro', 'standard']
  const made: string[] = []
  for (const [n, tier] of tiers.entries()) {
    const advisor = await makeAdvisor(world, { tier })
    made.push((await submitted({ advisor, handler: scored([20, 30, 70][n] ?? 0) })).id)
  }
  const [officer] = officers(1) as [Ctx]
  const read = async (sort: 'due' | 'risk') => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page: Awaited<ReturnType<typeof listReviews>> = await listReviews(officer, { sort, limit: 2, cursor })
      seen.push(...page.items.map((item) => item.id))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(new Set(seen).size).toBe(seen.length)
    return seen.filter((id) => made.includes(id)).map((id) => made.indexOf(id))
  }
  expect(await read('due')).toEqual([1, 2, 0])
  expect(await read('risk')).toEqual([2, 1, 0])
})

test('a second look is another officer`s: it upholds an approval, or ends it so that nothing more is sent', async () => {
  for (const uphold of [true, false]) {
    const { advisor, contentId, id } = await submitted()
    const [first, second] = officers(2) as [Ctx, Ctx]
    await claimReview(first, { id })
    await approveReview({ ...first, keys: drawing(world.keys, () => 0) }, { id, note })
    const look = (await reviewsOf(contentId)).find(({ kind }) => kind === 'second_look')?.id ?? ''
    await expect(claimReview(first, { id: look })).rejects.toMatchObject(refused('forbidden'))
    await claimReview(second, { id: look })
    if (uphold) await approveReview(second, { id: look, note })
    else await rejectReview(second, { id: look, reason: 'It names a scheme.' })
    expect(await statusOf(advisor, contentId)).toBe(uphold ? 'approved' : 'rejected')
    expect((await getApproval(advisor.owner(), { contentId })).proof.valid).toBe(uphold)
    expect(await approvalsOf(contentId)).toHaveLength(1)
    const last = (await world.auditActions(contentId)).at(-1)
    expect(last).toBe(uphold ? 'review.upheld' : 'content.overturned')
  }
})

test.each([
  ['policy', 1],
  ['an officer', 3],
])('of what %s approved is looked at again what falls below the rate, and nothing else', async (by, below) => {
  const advisor = await makeAdvisor(world, { autoApproveClean: by === 'policy' })
  const places = [0.0199, 0.0201, 0.0999, 0.1001]
  const verdicts = []
  for (const place of places) {
    const keys = drawing(world.keys, () => place)
    const handler: typeof runStage = (ctx, payload) => runStage({ ...ctx, keys }, payload)
    const { contentId, id } = await submitted({ advisor, text: `${CLEAN} ${place}`, handler })
    if (by === 'an officer') {
      const [officer] = officers(1) as [Ctx]
      await claimReview(officer, { id })
      await approveReview({ ...officer, keys }, { id, note })
    }
    verdicts.push((await approvalsOf(contentId))[0]?.verdictId)
  }
  const looks = await world.db.read
    .select()
    .from(schema.reviews)
    .where(and(eq(schema.reviews.advisorId, advisor.advisorId), eq(schema.reviews.kind, 'second_look')))
  expect(new Set(looks.map(({ verdictId }) => verdictId))).toEqual(new Set(verdicts.slice(0, below)))
})

test('the text of a firm with one person is labelled, in its review and in its proof', async () => {
  const alone = await submitted()
  const [officer] = officers(1) as [Ctx]
  expect((await reviewsOf(alone.contentId))[0]?.path).toBe('sole_practitioner')
  await claimReview(officer, { id: alone.id })
  await approveReview(officer, { id: alone.id, note })
  const [approval] = await approvalsOf(alone.contentId)
  expect(JSON.parse(approval?.statement ?? '{}').path).toBe('sole_practitioner')
  const entries = await world.db.read
    .select()
    .from(schema.auditEntries)
    .where(and(eq(schema.auditEntries.objectId, alone.contentId), like(schema.auditEntries.action, 'content.approved')))
  expect(entries[0]?.body).toMatchObject({ detail: { path: 'sole_practitioner' } })
})
