import { ReviewIdInput } from '@pramaan/shared'
import { command, type Result } from '../platform/use-case.ts'
import {
  decisionView,
  factsOf,
  type ReviewDecision,
  requireClaimedReview,
  reviewEntry,
  stateAfter,
  takenMeanwhile,
} from './require-review.ts'
import { moveReview } from './review-queries.ts'

/**
 * Gives a claimed review back to the queue.
 *
 * @throws AppError `not_found`, `invalid_state` when it is not claimed by this reviewer, `conflict`
 */
export const releaseReview = command({
  name: 'review.release',
  input: ReviewIdInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireClaimedReview(ctx, input.id)
    const to = stateAfter(review, 'release', factsOf(ctx, review))
    if (!(await moveReview(ctx, review, { to, claimedBy: null }))) throw takenMeanwhile()
    return { output: decisionView(review, to), audit: reviewEntry(review, 'review.released') }
  },
})
