import { RejectReviewInput } from '@pramaan/shared'
import { command, type Result } from '../platform/use-case.ts'
import { contentNotice } from './content-notice.ts'
import { decisionView, type ReviewDecision, requireClaimedReview, reviewEntry, settleReview } from './require-review.ts'

/**
 * Rejects the text of a review that this reviewer has claimed. Its author must change it before it is checked again.
 *
 * @throws AppError `not_found`; `forbidden` for the author; `invalid_state`; `conflict` when somebody was faster
 */
export const rejectReview = command({
  name: 'review.reject',
  input: RejectReviewInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireClaimedReview(ctx, input.id)
    const { advisorId, authorId, version } = review
    const moved = await settleReview(ctx, review, { event: 'reject', to: 'rejected', note: input.reason })
    return {
      output: decisionView(review, 'rejected', moved.to),
      audit: reviewEntry(review, 'content.rejected', {
        ...moved,
        reason: input.reason,
        detail: { verdictId: review.verdict.id, ...(input.ruleId === undefined ? {} : { ruleId: input.ruleId }) },
      }),
      jobs: [contentNotice(ctx, 'content_rejected', { advisorId, contentId: version.contentId, authorId })],
    }
  },
})
