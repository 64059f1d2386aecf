import { RejectReviewInput } from '@pramaan/shared'
import { command, type Result } from '../platform/use-case.ts'
import { contentNotice } from './content-notice.ts'
import { rememberRefusal } from './remember-refusal.ts'
import { decisionView, type ReviewDecision, requireClaimedReview, reviewEntry } from './require-review.ts'
import { settleReview } from './settle-review.ts'

/**
 * Rejects the text of a review that this officer has claimed: one officer is enough, whatever the score. Its author must
 * change it before it is checked again, and a rewrite of it, under whatever title, goes to a person with this refusal beside it. In a second look it ends an approval, and nothing more of the text is sent.
 *
 * @throws AppError `not_found`; `forbidden` for whoever is not independent; `invalid_state`; `conflict` when somebody was
 *   faster
 */
export const rejectReview = command({
  name: 'review.reject',
  input: RejectReviewInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireClaimedReview(ctx, input.id)
    const { advisorId, authorId, version } = review
    const event = review.kind === 'second_look' ? 'overturn' : 'reject'
    const moved = await settleReview(ctx, review, { event, to: 'rejected', note: input.reason })
    return {
      output: decisionView(review, 'rejected', moved.to),
      audit: reviewEntry(review, event === 'overturn' ? 'content.overturned' : 'content.rejected', {
        ...moved,
        reason: input.reason,
        detail: { verdictId: review.verdict.id, ...(input.ruleId === undefined ? {} : { ruleId: input.ruleId }) },
      }),
      jobs: [contentNotice(ctx, 'content_rejected', { advisorId, contentId: version.contentId, authorId })],
      writes: rememberRefusal(ctx, review, input.ruleId),
    }
  },
})
