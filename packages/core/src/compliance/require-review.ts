import type { ContentStatus, ReviewDecisionView } from '@pramaan/shared'
import type { z } from 'zod'
import { moveContent } from '../content/index.ts'
import { type AuditEntry, type CommandCtx, userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { moveReview, type Review, readReview } from './review-queries.ts'

export type ReviewDecision = z.infer<typeof ReviewDecisionView>

/**
 * A review on which this reviewer may act.
 *
 * @throws AppError `not_found`; `invalid_state` when its text was revised or withdrawn; `forbidden` for its author
 */
export async function requireReview(ctx: CommandCtx, reviewId: string): Promise<Review> {
  const review = await readReview(ctx.tx, reviewId)
  if (!review) throw notFound('review')
  if (review.authorId === userIdOf(ctx)) {
    throw new AppError('forbidden', 'You wrote this text. Another reviewer must decide on it.', {
      refusal: reviewEntry(review, 'review.refused', { reason: 'the author reviews no text of theirs' }),
    })
  }
  return review
}

/** `requireReview` for a decision: the review is pending and claimed by this reviewer. @throws AppError `invalid_state` */
export async function requireClaimedReview(ctx: CommandCtx, reviewId: string): Promise<Review> {
  const review = await requireReview(ctx, reviewId)
  requireStillAsked(review)
  if (review.state === 'claimed' && review.claimedBy === userIdOf(ctx)) return review
  const advice = review.state === 'open' ? 'Claim the review first.' : 'Another reviewer has claimed it.'
  throw new AppError('invalid_state', advice, {
    refusal: reviewEntry(review, 'review.refused', { reason: 'not claimed by who decides' }),
  })
}

/** @throws AppError `invalid_state` */
export function requireStillAsked(review: Review): void {
  if (review.state === 'approved' || review.state === 'rejected') {
    throw new AppError('invalid_state', `This review is ${review.state} already.`)
  }
  if (review.stillAsked && review.state !== 'withdrawn') return
  throw new AppError('invalid_state', 'The author has changed or withdrawn this text. There is nothing left to decide.')
}

/**
 * Moves the text of a claimed review and the review itself, as this reviewer decides.
 *
 * @throws AppError `conflict` when somebody was faster
 */
export async function settleReview(
  ctx: CommandCtx,
  review: Review,
  decision: { event: 'approve' | 'reject'; to: 'approved' | 'rejected'; note: string },
): Promise<{ from: ContentStatus; to: ContentStatus }> {
  const { advisorId, authorId, version } = review
  const reviewerId = userIdOf(ctx)
  const moved = await moveContent(ctx, {
    advisorId,
    contentId: version.contentId,
    versionId: version.id,
    event: decision.event,
    facts: { authorId, actorId: reviewerId },
  })
  if (!moved) throw takenMeanwhile()
  const settled = await moveReview(ctx, review, { to: decision.to, claimedBy: reviewerId, note: decision.note })
  if (!settled) throw takenMeanwhile()
  return moved
}

/** An entry about a review stands in the trail of its text. */
export const reviewEntry = (review: Review, action: string, rest: Partial<AuditEntry> = {}): AuditEntry => ({
  action,
  objectType: 'content',
  objectId: review.version.contentId,
  advisorId: review.advisorId,
  versionHash: review.version.hash,
  ruleSetDigest: review.verdict.ruleSetDigest,
  ...rest,
  detail: { reviewId: review.id, ...rest.detail },
})

export const decisionView = (
  review: Review,
  state: ReviewDecision['state'],
  contentStatus: ContentStatus = review.contentStatus,
): ReviewDecision => ({ id: review.id, state, contentId: review.version.contentId, contentStatus })

/** The loser's answer in a race. */
export const takenMeanwhile = () =>
  new AppError('conflict', 'This review changed at the same time. Read the queue again.')
