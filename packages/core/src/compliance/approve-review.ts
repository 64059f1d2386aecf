import { ApproveReviewInput } from '@pramaan/shared'
import { userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { contentNotice } from './content-notice.ts'
import { issueProof } from './issue-proof.ts'
import { decisionView, type ReviewDecision, requireClaimedReview, reviewEntry, settleReview } from './require-review.ts'
import type { Review } from './review-queries.ts'
import { RULE_SET } from './rules/index.ts'

/**
 * Approves the text of a review that this reviewer has claimed, and signs the proof that sending needs.
 *
 * @throws AppError `not_found`; `forbidden` for the author; `invalid_state` when it is not claimed by this reviewer, its text
 *   moved on, could not be rendered, or was judged by older rules; `conflict` when somebody was faster
 */
export const approveReview = command({
  name: 'review.approve',
  input: ApproveReviewInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireClaimedReview(ctx, input.id)
    requireApprovable(review)
    const { advisorId, authorId, verdict, version } = review
    const approverId = userIdOf(ctx)
    const moved = await settleReview(ctx, review, { event: 'approve', to: 'approved', note: input.note })
    const proof = issueProof(ctx, { advisorId, version, verdict, approvedVia: 'reviewer', approverId })
    return {
      output: decisionView(review, 'approved', moved.to),
      audit: reviewEntry(review, 'content.approved', {
        ...moved,
        reason: input.note,
        detail: { verdictId: verdict.id, approvalId: proof.approvalId },
      }),
      jobs: [contentNotice(ctx, 'content_approved', { advisorId, contentId: version.contentId, authorId })],
      writes: [proof.write],
    }
  },
})

function requireApprovable({ verdict }: Review): void {
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
}
