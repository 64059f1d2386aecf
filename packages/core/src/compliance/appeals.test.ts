import type { Finding } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { testWorld } from '../../testing/index.ts'
import type { Ctx } from '../platform/context.ts'
import {
  appealVerdict,
  approveReview,
  claimReview,
  getApproval,
  listReviews,
  overrideFinding,
  releaseReview,
} from './index.ts'
import { desk, scored } from './testing.ts'

const world = await testWorld()
const { approvalsOf, officers, reviewsOf, statusOf, submitted } = desk(world)

const NAMED = 'Personal investment advisory for doctors by an Independent Financial Advisor. Call us.'
const ASSURED = 'Guaranteed returns of 18% a year, with no risk at all.'
const note = 'Read in full.'
const DAY = 24 * 3_600_000
const refused = (code: string) => ({ code })

test('an author appeals against a block; two officers set it aside with a reason and an end, and the proof ends then', async () => {
  const { advisor, contentId } = await submitted({ text: NAMED })
  expect(await statusOf(advisor, contentId)).toBe('changes_required')
  await appealVerdict(advisor.owner(), { id: contentId, reason: 'It quotes the name of a registered firm.' })
  const [review] = await reviewsOf(contentId)
  const id = review?.id ?? ''
  expect(review).toMatchObject({ kind: 'appeal', score: 100 })
  const validUntil = new Date(world.clock.now().getTime() + 10 * DAY).toISOString()
  const [first, second] = officers(2) as [Ctx, Ctx]
  for (const officer of [first, second]) {
    await claimReview(officer, { id })
    const { items } = await listReviews(officer, { state: 'claimed', limit: 100 })
    const findings = items.find((item) => item.id === id)?.findings ?? []
    await expect(approveReview(officer, { id, note })).rejects.toMatchObject(refused('invalid_state'))
    for (const [finding, { severity }] of findings.entries()) {
      if (severity !== 'block' && severity !== 'high') continue
      const input = { id, finding, reason: 'A quotation.' }
      if (severity === 'block') {
        await expect(overrideFinding(officer, input)).rejects.toMatchObject(refused('invalid_input'))
      }
      await overrideFinding(officer, { ...input, validUntil })
      await expect(overrideFinding(officer, { ...input, validUntil })).rejects.toMatchObject(refused('conflict'))
    }
    await approveReview(officer, { id, note })
  }
  expect(await statusOf(advisor, contentId)).toBe('approved')
  expect((await getApproval(advisor.owner(), { contentId })).proof).toMatchObject({
    expiresAt: validUntil,
    valid: true,
  })
  const overridden = (await world.auditActions(contentId)).filter((action) => action === 'review.finding_overridden')
  expect(overridden.length).toBeGreaterThanOrEqual(2)
})

test.each([
  ['a missing statutory warning', finding('DISC-W4-MF-WARNING', 'disclosure', 'high')],
  ['identity', finding('DISC-IDENTITY-IA-RA', 'disclosure', 'block')],
  ['personal data', finding('DATA-PII', 'privacy', 'block')],
  ['market abuse', finding('MKT-ABUSE', 'market_integrity', 'block')],
])('nobody sets aside %s: neither by override nor by appeal', async (_, one) => {
  const sentBack = await submitted({ handler: scored(100, 'changes_required', [one]) })
  const appeal = appealVerdict(sentBack.advisor.owner(), { id: sentBack.contentId, reason: 'Please.' })
  await expect(appeal).rejects.toMatchObject(refused('invalid_state'))
  expect(await statusOf(sentBack.advisor, sentBack.contentId)).toBe('changes_required')
  const { id, contentId } = await submitted({ handler: scored(50, 'review', [one]) })
  const [officer] = officers(1) as [Ctx]
  await claimReview(officer, { id })
  const override = overrideFinding(officer, { id, finding: 0, reason: note })
  await expect(override).rejects.toMatchObject(refused('forbidden'))
  await expect(overrideFinding(officer, { id, finding: 1, reason: note })).rejects.toMatchObject(refused('not_found'))
  expect(await world.auditActions(contentId)).toContain('review.override_refused')
})

function finding(ruleId: string, family: string, severity: Finding['severity']): Finding {
  return { ruleId, family, severity, stage: 1, clause: 'c', message: 'm', span: null, quote: '' }
}

test('nothing that blocks is approved by any number of officers who do not set it aside', async () => {
  const { advisor, contentId } = await submitted({ text: ASSURED })
  await appealVerdict(advisor.owner(), { id: contentId, reason: 'Please.' })
  const [review] = await reviewsOf(contentId)
  const id = review?.id ?? ''
  for (const officer of officers(3)) {
    await claimReview(officer, { id })
    await expect(approveReview(officer, { id, note })).rejects.toMatchObject(refused('invalid_state'))
    await releaseReview(officer, { id })
  }
  expect(await approvalsOf(contentId)).toEqual([])
})
