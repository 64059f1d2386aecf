import { RejectReviewInput } from '@pramaan/shared'
import { moveContent } from '../content/index.ts'
import { userIdOf } from '../platform/context.ts'
import { command, type Result } from '../platform/use-case.ts'
import { contentNotice } from './content-notice.ts'
import {
  decisionView,
  type ReviewDecision,
  requireClaimedReview,
  reviewEntry,
  takenMeanwhile,
} from './require-review.ts'
import { moveReview } from './review-queries.ts'

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
    const actorId = userIdOf(ctx)
    const moved = await moveContent(ctx, {
      advisorId,
      contentId: version.contentId,
      versionId: version.id,
      event: 'reject',
      facts: { authorId, actorId },
    })
    if (!moved) throw takenMeanwhile()
    const decided = await moveReview(ctx, review, { to: 'rejected', claimedBy: actorId, note: input.reason })
    if (!decided) throw takenMeanwhile()
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
