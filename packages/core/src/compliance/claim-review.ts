import { ReviewIdInput } from '@pramaan/shared'
import { userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import {
  decisionView,
  type ReviewDecision,
  requireReview,
  requireStillAsked,
  reviewEntry,
  takenMeanwhile,
} from './require-review.ts'
import { moveReview } from './review-queries.ts'

/**
 * Takes a review out of the queue. Claiming one's own claim again changes nothing.
 *
 * @throws AppError `not_found`, `invalid_state`, `forbidden` for the author; `conflict` when another reviewer has it
 */
export const claimReview = command({
  name: 'review.claim',
  input: ReviewIdInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireReview(ctx, input.id)
    requireStillAsked(review)
    const me = userIdOf(ctx)
    if (review.state === 'claimed') {
      if (review.claimedBy === me) return { output: decisionView(review, 'claimed'), unchanged: true }
      throw new AppError('conflict', 'Another reviewer has claimed it.')
    }
    if (!(await moveReview(ctx, review, { to: 'claimed', claimedBy: me }))) throw takenMeanwhile()
    return { output: decisionView(review, 'claimed'), audit: reviewEntry(review, 'review.claimed') }
  },
})
