import type { ContentStatus, ReviewDecisionView } from '@pramaan/shared'
import type { z } from 'zod'
import { type AuditEntry, type CommandCtx, userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { type Conflict, type Review, readReview } from './review-queries.ts'
import { nextReviewState, type ReviewEvent, type ReviewFacts } from './rules/review-state.ts'

export type ReviewDecision = z.infer<typeof ReviewDecisionView>

/** How long a claim lasts: long enough to read a text and its findings with care. Claiming again renews it. */
const LEASE_MS = 30 * 60_000

export const leaseFrom = (now: Date): Date => new Date(now.getTime() + LEASE_MS)

const WHY_NOT: Record<Conflict, string> = {
  author: 'You wrote this text or a version of it. Another reviewer must decide on it.',
  member: 'You belong to the firm that publishes this text. Another reviewer must decide on it.',
  coauthor: 'The author took words of yours into this text. Another reviewer must decide on it.',
  decided: 'You approved this text already. A second reviewer must look at it.',
}

/**
 * A review on which this officer may act.
 *
 * @throws AppError `not_found`; `forbidden` for whoever had a hand in the text or decided on it before
 */
export async function requireReview(ctx: CommandCtx, reviewId: string): Promise<Review> {
  const review = await readReview(ctx.tx, reviewId, userIdOf(ctx))
  if (!review) throw notFound('review')
  if (review.conflict !== null) {
    throw new AppError('forbidden', WHY_NOT[review.conflict], {
      refusal: reviewEntry(review, 'review.refused', { reason: `not independent: ${review.conflict}` }),
    })
  }
  return review
}

/** What the state table asks about an officer and a review. */
export function factsOf(ctx: CommandCtx, review: Review): ReviewFacts {
  const leaseOver = review.claimedUntil !== null && review.claimedUntil <= ctx.now()
  return {
    independent: review.conflict === null,
    holdsClaim: review.claimedBy === userIdOf(ctx) && !leaseOver,
    leaseOver,
  }
}

/**
 * `requireReview` for a decision: the text still stands where the review found it, and this officer holds the claim.
 *
 * @throws AppError `invalid_state`
 */
export async function requireClaimedReview(ctx: CommandCtx, reviewId: string): Promise<Review> {
  const review = await requireReview(ctx, reviewId)
  requireStillAsked(review)
  const facts = factsOf(ctx, review)
  if (review.state === 'claimed' && facts.holdsClaim) return review
  throw new AppError('invalid_state', adviceOf(ctx, review, facts), {
    refusal: reviewEntry(review, 'review.refused', { reason: 'not claimed by who decides' }),
  })
}

function adviceOf(ctx: CommandCtx, review: Review, facts: ReviewFacts): string {
  if (review.state === 'suggested') return 'The author has your proposal. Wait for the answer.'
  if (review.state === 'open') return 'Claim the review first.'
  if (review.claimedBy === userIdOf(ctx) && facts.leaseOver) return 'Your claim has run out. Claim the review again.'
  return 'Another reviewer has claimed it.'
}

/** @throws AppError `invalid_state` */
export function requireStillAsked(review: Review): void {
  if (review.state === 'approved' || review.state === 'rejected') {
    throw new AppError('invalid_state', `This review is ${review.state} already.`)
  }
  if (review.stillAsked && review.state !== 'withdrawn') return
  throw new AppError('invalid_state', 'The author has changed or withdrawn this text. There is nothing left to decide.')
}

/** The state that an event leads to. @throws Error when the table forbids it: the caller had to check that before */
export function stateAfter(review: Pick<Review, 'state'>, event: ReviewEvent, facts: ReviewFacts) {
  const to = nextReviewState(review.state, event, facts)
  if (to === null) throw new Error(`the state table forbids ${event} from ${review.state}`)
  return to
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
