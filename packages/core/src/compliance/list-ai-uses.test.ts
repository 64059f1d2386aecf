import { AiUseView } from '@pramaan/shared'
import { expect, inject, test } from 'vitest'
import { aiDouble } from '../../testing/ai-double.ts'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { drawing, testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import type { Ctx } from '../platform/context.ts'
import { approveReview, askModel, claimReview, listAiUses, listReviews, readModelSpend, runStage } from './index.ts'

const world = await testWorld()
const nothing = { read: async () => null, keep: async () => undefined }
const WILLING = { autoApproveClean: true, aiReview: true }
const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const GUARANTEE = 'Invest with me: guaranteed 15% returns every year, zero risk!'

async function checked(advisor: TestAdvisor, content: string, keys: Ctx['keys'] = world.keys): Promise<string> {
  const { client } = aiDouble(inject('emulators').ai)
  const beside = (ctx: Ctx): Ctx => ({ ...ctx, clients: { ...ctx.clients, ai: { model: client, cache: nothing } } })
  const { contentId } = await createContent(advisor.owner(), { content, submit: true })
  await world.drainJobs({
    'compliance.ask-model': (ctx, payload) => askModel(beside(ctx), payload),
    'compliance.run-stage': (ctx, payload) => runStage({ ...beside(ctx), keys }, payload),
  })
  return contentId
}

test('the register says who relied on an answer: policy, the reviewer who decided, or nobody', async () => {
  const advisor = await makeAdvisor(world, WILLING)
  const byPolicy = await checked(advisor, CLEAN)
  const byReviewer = await checked(advisor, `${CLEAN} Trust me.`)
  await checked(advisor, GUARANTEE)
  const waiting = await listAiUses(advisor.owner(), {})
  expect(waiting.items.map(({ contentId, reliedOnBy }) => [contentId, reliedOnBy])).toEqual([
    [byReviewer, null],
    [byPolicy, 'policy'],
  ])
  const reviewer = makeStaff(world, 'reviewer')
  const { items: reviews } = await listReviews(reviewer, { limit: 100 })
  const id = reviews.find(({ contentId }) => contentId === byReviewer)?.id ?? ''
  await claimReview(reviewer, { id })
  await approveReview(reviewer, { id, note: 'Read with the concern at hand.' })
  const { items } = await listAiUses(advisor.owner(), {})
  for (const item of items) AiUseView.parse(item)
  const reviewerId = reviewer.actor.kind === 'user' ? reviewer.actor.userId : ''
  expect(items[0]).toMatchObject({
    outcome: 'concern',
    concerns: [{ quote: 'Trust me' }],
    verdictId: expect.any(String),
    reliedOnBy: 'reviewer',
    reliedOnById: reviewerId,
    reliedOnAt: world.clock.now().toISOString(),
    decision: 'approved',
  })
  expect(items[1]).toMatchObject({ outcome: 'no_concern', reliedOnBy: 'policy', decision: 'approved' })
})

test('a second look at an approval neither doubles its line nor takes the place of who relied on the answer', async () => {
  const advisor = await makeAdvisor(world, WILLING)
  const contentId = await checked(
    advisor,
    CLEAN,
    drawing(world.keys, () => 0),
  )
  const reviewer = makeStaff(world, 'reviewer')
  const { items: reviews } = await listReviews(reviewer, { limit: 100 })
  const id = reviews.find((review) => review.contentId === contentId)?.id ?? ''
  await claimReview(reviewer, { id })
  await approveReview(reviewer, { id, note: 'Looked at again.' })
  const { items } = await listAiUses(advisor.owner(), {})
  expect(items.map((item) => [item.contentId, item.reliedOnBy])).toEqual([[contentId, 'policy']])
})

test('the register is read in pages, narrowed to a time, and shows one firm only', async () => {
  const advisor = await makeAdvisor(world, WILLING)
  const times: string[] = []
  for (const words of ['One.', 'Two.', 'Three.']) {
    times.push(world.clock.now().toISOString())
    await checked(advisor, `${CLEAN} ${words}`)
    world.clock.advance(3_600_000)
  }
  const first = await listAiUses(advisor.owner(), { limit: 2 })
  const second = await listAiUses(advisor.owner(), { limit: 2, cursor: first.nextCursor ?? '' })
  expect([...first.items, ...second.items].map(({ usedAt }) => usedAt)).toEqual(times.toReversed())
  expect(second.nextCursor).toBeNull()
  const middle = await listAiUses(advisor.owner(), { from: times[1], to: times[2] })
  expect(middle.items.map(({ usedAt }) => usedAt)).toEqual([times[1]])
  const stranger = await makeAdvisor(world, WILLING)
  expect(await listAiUses(stranger.owner(), {})).toEqual({ items: [], nextCursor: null })
  await expect(listAiUses(stranger.owner(), { cursor: first.nextCursor ?? '' })).rejects.toMatchObject({
    code: 'invalid_cursor',
  })
  await expect(listAiUses(makeStaff(world, 'admin'), {})).rejects.toMatchObject({ code: 'forbidden' })
})

test('what all firms spend together is counted for the day in India', async () => {
  world.clock.advance(48 * 3_600_000)
  expect(await readModelSpend(world.db.read, world.clock.now())).toMatchObject({ calls: 0, inputTokens: 0 })
  for (const advisor of [await makeAdvisor(world, WILLING), await makeAdvisor(world, WILLING)]) {
    await checked(advisor, CLEAN)
  }
  const spend = await readModelSpend(world.db.read, world.clock.now())
  expect(spend).toMatchObject({ calls: 2, pausedAdvisors: 0 })
  expect(spend.inputTokens).toBeGreaterThan(spend.outputTokens)
  expect(spend.outputTokens).toBeGreaterThan(0)
})
