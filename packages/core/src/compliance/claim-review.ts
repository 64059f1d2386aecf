import { ReviewIdInput } from '@pramaan/shared'
import { userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import {
  decisionView,
  factsOf,
  leaseFrom,
  type ReviewDecision,
  requireReview,
  requireStillAsked,
  reviewEntry,
  takenMeanwhile,
} from './require-review.ts'
import { moveReview } from './review-queries.ts'
import { nextReviewState, type ReviewEvent } from './rules/review-state.ts'

const WAYS: readonly ReviewEvent[] = ['claim', 'renew', 'take_over']

/**
 * Takes a review out of the queue for half an hour. Claiming one's own claim again renews it; a claim that has run out is
 * anybody's.
 *
 * @throws AppError `not_found`, `invalid_state`; `forbidden` for whoever is not independent of the text; `conflict` when
 *   another reviewer has it
 */
export const claimReview = command({
  name: 'review.claim',
  input: ReviewIdInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireReview(ctx, input.id)
    requireStillAsked(review)
    if (review.state === 'suggested') throw new AppError('invalid_state', 'The author has a proposal to answer first.')
    const facts = factsOf(ctx, review)
    const way = WAYS.find((event) => nextReviewState(review.state, event, facts) !== null)
    if (!way) throw new AppError('conflict', 'Another reviewer has claimed it.')
    const claimedUntil = leaseFrom(ctx.now())
    if (!(await moveReview(ctx, review, { to: 'claimed', claimedBy: userIdOf(ctx), claimedUntil }))) {
      throw takenMeanwhile()
    }
    const detail = {
      claimedUntil: claimedUntil.toISOString(),
      ...(way === 'take_over' ? { from: review.claimedBy } : {}),
    }
    const action = way === 'renew' ? 'review.claim_renewed' : 'review.claimed'
    return { output: decisionView(review, 'claimed'), audit: reviewEntry(review, action, { detail }) }
  },
})
