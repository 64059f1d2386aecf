import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { approveReview, claimReview, listReviews, listRewrites, listVerdicts, rejectReview } from './index.ts'
import { verdictBytes } from './rules/verdict-bytes.ts'
import { CLEAN, desk, scored } from './testing.ts'

const world = await testWorld()
const { reviewsOf, runChecks, statusOf, submitted } = desk(world)

const REWRITE = 'Saving becomes a habit with a monthly SIP. Returns of mutual funds are not guaranteed.'
const OTHER = 'Our office is closed on Monday for the festival. We wish you and your family joy.'
const REASON = 'Too short to be understood by a beginner.'

const write = async (advisor: TestAdvisor, content: string) => {
  const { contentId } = await createContent(advisor.owner(), { content, submit: true })
  await runChecks()
  return contentId
}

/** A firm with policy, to which an officer refused `CLEAN`. */
async function refused() {
  const advisor = await makeAdvisor(world, { autoApproveClean: true })
  const { id } = await submitted({ advisor, handler: scored(10) })
  const officer = makeStaff(world, 'reviewer')
  await claimReview(officer, { id })
  await rejectReview(officer, { id, reason: REASON, ruleId: 'DISC-PLAIN' })
  return { advisor, refusalId: id, officer }
}

const newestVerdict = async (advisor: TestAdvisor, contentId: string) => {
  const { items } = await listVerdicts(advisor.owner(), { id: contentId })
  if (!items[0]) throw new Error('no verdict')
  return items[0]
}

test('a rewrite of a refused text goes to a person, who sees the refusal, its reason and what is different', async () => {
  const { advisor, refusalId } = await refused()
  const contentId = await write(advisor, REWRITE)
  expect(await statusOf(advisor, contentId)).toBe('in_review')
  const [review] = await reviewsOf(contentId)
  const reviewer = makeStaff(world, 'reviewer')
  const { items } = await listReviews(reviewer, { limit: 100 })
  const listed = items.find(({ id }) => id === review?.id)
  expect(listed).toMatchObject({ outcome: 'clean', score: 0, priority: 35, approvalsNeeded: 1 })
  expect(listed?.rewrites).toEqual([{ reviewId: refusalId, alike: expect.any(Number), contained: expect.any(Number) }])
  const rewrites = await listRewrites(reviewer, { id: review?.id ?? '' })
  expect(rewrites.items).toMatchObject([
    { reviewId: refusalId, content: CLEAN, reason: REASON, ruleId: 'DISC-PLAIN', refusedAt: expect.any(String) },
  ])
  const part = (kind: string) => rewrites.items[0]?.diff.filter((one) => one.kind !== kind).map(({ text }) => text)
  expect(part('new')?.join('')).toBe(CLEAN)
  expect(part('gone')?.join('')).toBe(REWRITE)
  const entries = await world.db.read
    .select()
    .from(schema.auditEntries)
    .where(eq(schema.auditEntries.objectId, contentId))
  expect(entries.find(({ action }) => action === 'content.review_requested')?.body).toMatchObject({
    reason: 'a text like this one was refused before',
    detail: { rewriteOf: [{ reviewId: refusalId }] },
  })
})

test('the memory stands beside the verdict: its bytes are those of a firm to which nothing was refused', async () => {
  const { advisor } = await refused()
  const innocent = await makeAdvisor(world, { autoApproveClean: true })
  const [own, other] = [await write(advisor, REWRITE), await write(innocent, REWRITE)]
  expect(verdictBytes(await newestVerdict(advisor, own))).toBe(verdictBytes(await newestVerdict(innocent, other)))
  expect(await statusOf(innocent, other)).toBe('approved')
})

test('another text of the same firm is approved by policy as before', async () => {
  const { advisor } = await refused()
  expect(await statusOf(advisor, await write(advisor, OTHER))).toBe('approved')
})

test('a person may approve a rewrite, and one officer is enough', async () => {
  const { advisor } = await refused()
  const contentId = await write(advisor, REWRITE)
  const [review] = await reviewsOf(contentId)
  const reviewer = makeStaff(world, 'reviewer')
  await claimReview(reviewer, { id: review?.id ?? '' })
  await approveReview(reviewer, { id: review?.id ?? '', note: 'Clear enough now.' })
  expect(await statusOf(advisor, contentId)).toBe('approved')
})

test('firms share no fingerprint of the same text, and no fingerprint tells a word', async () => {
  const [one, two] = [await refused(), await refused()]
  const of = async ({ advisor }: typeof one) =>
    (
      await world.db.read
        .select()
        .from(schema.refusalFingerprints)
        .where(eq(schema.refusalFingerprints.advisorId, advisor.advisorId))
    ).map(({ fingerprint }) => fingerprint)
  const [first, second] = [await of(one), await of(two)]
  expect(first.length).toBeGreaterThan(5)
  expect(second).toHaveLength(first.length)
  expect(first.filter((fingerprint) => second.includes(fingerprint))).toEqual([])
})

test('a firm reads no memory but its own, even when a query forgets to ask', async () => {
  const [one, two] = [await refused(), await refused()]
  await write(one.advisor, REWRITE)
  const seen = world.product.forAdvisor(two.advisor.advisorId).read
  for (const table of [schema.refusals, schema.refusalFingerprints, schema.rewriteLinks]) {
    const rows = await seen.select({ advisorId: table.advisorId }).from(table)
    expect(rows.filter(({ advisorId }) => advisorId !== two.advisor.advisorId)).toEqual([])
  }
})

test('a text that a second look ends is remembered as well', async () => {
  const advisor = await makeAdvisor(world, { autoApproveClean: true })
  const contentId = await write(advisor, CLEAN)
  const verdict = await newestVerdict(advisor, contentId)
  await world.db.transaction(async (tx) => {
    await tx.delete(schema.reviews).where(eq(schema.reviews.contentId, contentId))
    await tx.insert(schema.reviews).values({
      advisorId: advisor.advisorId,
      id: contentId,
      contentId,
      versionId: verdict.versionId,
      verdictId: verdict.id ?? '',
      authorId: advisor.ownerId,
      kind: 'second_look',
      path: 'firm',
      score: 0,
      dueAt: world.clock.now(),
      updatedAt: world.clock.now(),
    })
  })
  const officer = makeStaff(world, 'reviewer')
  await claimReview(officer, { id: contentId })
  await rejectReview(officer, { id: contentId, reason: REASON })
  expect(await statusOf(advisor, await write(advisor, REWRITE))).toBe('in_review')
})
