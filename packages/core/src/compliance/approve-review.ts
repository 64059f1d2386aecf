import { ApproveReviewInput } from '@pramaan/shared'
import { readAdvisor, tierAt } from '../identity/index.ts'
import { type CommandCtx, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { contentNotice } from './content-notice.ts'
import { issueProof } from './issue-proof.ts'
import {
  decisionView,
  factsOf,
  type ReviewDecision,
  requireClaimedReview,
  reviewEntry,
  stateAfter,
  takenMeanwhile,
} from './require-review.ts'
import { moveReview, openReview, type Review } from './review-queries.ts'
import { RULE_SET } from './rules/index.ts'
import { approvalsNeeded, barringFindings, isDrawn, isLight, SECOND_LOOK_RATE } from './rules/review-policy.ts'
import { settleReview } from './settle-review.ts'

/**
 * Approves the text of a review that this officer has claimed. From a score of 60 on two officers must: the first approval
 * gives the review back to the queue for the second. The last one signs the proof that sending needs; that of a second look
 * leaves everything as it is.
 *
 * @throws AppError `not_found`; `forbidden` for whoever is not independent; `invalid_state` when it is not claimed by this
 *   officer, its text moved on, could not be rendered, was judged by older rules, or has findings that bar it and that this
 *   officer did not set aside; `conflict` when somebody was faster
 */
export const approveReview = command({
  name: 'review.approve',
  input: ApproveReviewInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireClaimedReview(ctx, input.id)
    requireApprovable(ctx, review)
    const approvalsMissing = approvalsNeeded(review.kind, review.verdict.score) - (review.endorsedBy === null ? 0 : 1)
    const facts = { ...factsOf(ctx, review), approvable: true, approvalsMissing }
    if (approvalsMissing > 1) {
      const to = stateAfter(review, 'endorse', facts)
      const { note } = input
      const moved = await moveReview(ctx, review, { to, claimedBy: null, endorsedBy: userIdOf(ctx), note })
      if (!moved) throw takenMeanwhile()
      return { output: decisionView(review, to), audit: reviewEntry(review, 'review.endorsed', { reason: input.note }) }
    }
    stateAfter(review, 'approve', facts)
    return review.kind === 'second_look' ? uphold(ctx, review, input.note) : approve(ctx, review, input.note)
  },
})

function requireApprovable(ctx: CommandCtx, { overrides, verdict }: Review): void {
  if (verdict.renderedText === '') {
    throw new AppError(
      'invalid_state',
      'This text could not be rendered. Reject it, and ask the author to submit it again.',
    )
  }
  if (verdict.ruleSetDigest !== RULE_SET.digest) {
    throw new AppError(
      'invalid_state',
      'The rules changed since this text was checked. It will come back checked anew.',
    )
  }
  const me = userIdOf(ctx)
  const mine = overrides.filter(({ officerId }) => officerId === me).map(({ finding }) => finding)
  const left = barringFindings(verdict).filter((place) => !mine.includes(place))
  if (left.length > 0) {
    const which = left.map((place) => `${place} (${verdict.findings[place]?.ruleId})`).join(', ')
    throw new AppError(
      'invalid_state',
      `These findings bar an approval: ${which}. Override each with a reason, or reject.`,
    )
  }
}

/** An approval that was looked at again and stands. */
async function uphold(ctx: CommandCtx, review: Review, note: string): Promise<Result<ReviewDecision>> {
  if (!(await moveReview(ctx, review, { to: 'approved', claimedBy: userIdOf(ctx), note }))) throw takenMeanwhile()
  return { output: decisionView(review, 'approved'), audit: reviewEntry(review, 'review.upheld', { reason: note }) }
}

async function approve(ctx: CommandCtx, review: Review, note: string): Promise<Result<ReviewDecision>> {
  const { advisorId, authorId, endorsedBy, path, verdict, version } = review
  const officerId = userIdOf(ctx)
  const approvers = endorsedBy === null ? [officerId] : [endorsedBy, officerId]
  const advisor = await readAdvisor(ctx.tx, advisorId)
  if (!advisor) throw new Error('a review without its advisor')
  const moved = await settleReview(ctx, review, { event: 'approve', to: 'approved', note })
  const limits = review.overrides.flatMap(({ validUntil }) => (validUntil === null ? [] : [new Date(validUntil)]))
  const proof = issueProof(ctx, { advisorId, version, verdict, approvedVia: 'reviewer', approvers, path, limits })
  const { contentId, id: versionId } = version
  const drawn =
    isLight(verdict.score) &&
    isDrawn(ctx.keys.lookupHash('second-look', verdict.id), SECOND_LOOK_RATE.reviewer) &&
    openReview(ctx, advisorId, {
      kind: 'second_look',
      tier: tierAt(advisor.tiers, ctx.now()),
      contentId,
      versionId,
      verdictId: verdict.id,
      authorId,
      score: verdict.score,
    })
  return {
    output: decisionView(review, 'approved', moved.to),
    audit: reviewEntry(review, 'content.approved', {
      ...moved,
      reason: note,
      detail: { verdictId: verdict.id, approvalId: proof.approvalId, approvers, path },
    }),
    jobs: [contentNotice(ctx, 'content_approved', { advisorId, contentId, authorId })],
    writes: [proof.write, ...(drawn || [])],
  }
}
