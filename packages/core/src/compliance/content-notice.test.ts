import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { approveReview, claimReview, rejectReview, runStage } from './index.ts'

const world = await testWorld()

const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const PROMISE = 'Invest with me: guaranteed 15% returns every year, zero risk!'

/** Runs what waits, and keeps what would have been mailed. */
async function drain(): Promise<unknown[]> {
  const notices: unknown[] = []
  await world.drainJobs({
    'compliance.run-stage': runStage,
    'identity.send-mail': async (_, payload) => void notices.push(payload),
  })
  return notices
}

const reviewOf = async (contentId: string) =>
  (await world.db.read.select().from(schema.reviews).where(eq(schema.reviews.contentId, contentId)))[0]?.id ?? ''

test('a text that must be changed is told, naming the text and its author, and nothing of its words', async () => {
  const { advisorId, owner, ownerId } = await makeAdvisor(world)
  const { contentId } = await createContent(owner(), { content: PROMISE, submit: true })
  const notices = await drain()
  expect(notices).toMatchObject([
    { kind: 'notice', topic: 'content_sent_back', advisorId, objectId: contentId, userId: ownerId },
  ])
  expect(JSON.stringify(notices)).not.toContain('guaranteed')
})

test("a reviewer's decision is told, an approval by policy is not", async () => {
  const { owner } = await makeAdvisor(world)
  const reviewer = makeStaff(world, 'reviewer')
  const note = 'Read in full; nothing promised.'
  const topics: string[] = []
  for (const decide of [
    (id: string) => approveReview(reviewer, { id, note }),
    (id: string) => rejectReview(reviewer, { id, reason: note }),
  ]) {
    const { contentId } = await createContent(owner(), { content: `${CLEAN} ${topics.length}`, submit: true })
    expect(await drain()).toEqual([])
    const id = await reviewOf(contentId)
    await claimReview(reviewer, { id })
    await decide(id)
    topics.push(...(await drain()).map((notice) => (notice as { topic: string }).topic))
  }
  expect(topics).toEqual(['content_approved', 'content_rejected'])
  const byPolicy = await makeAdvisor(world, { autoApproveClean: true })
  await createContent(byPolicy.owner(), { content: CLEAN, submit: true })
  expect(await drain()).toEqual([])
})
