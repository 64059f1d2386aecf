import type { ContentStatus } from '@pramaan/shared'
import { moveContent } from '../content/index.ts'
import { type CommandCtx, userIdOf } from '../platform/context.ts'
import { takenMeanwhile } from './require-review.ts'
import { moveReview, type Review } from './review-queries.ts'

/**
 * Moves the text of a claimed review and the review itself, as this officer decides.
 *
 * @throws AppError `conflict` when somebody was faster
 */
export async function settleReview(
  ctx: CommandCtx,
  review: Review,
  decision: { event: 'approve' | 'reject' | 'overturn'; to: 'approved' | 'rejected'; note: string },
): Promise<{ from: ContentStatus; to: ContentStatus }> {
  const { advisorId, authorId, version } = review
  const officerId = userIdOf(ctx)
  const moved = await moveContent(ctx, {
    advisorId,
    contentId: version.contentId,
    versionId: version.id,
    event: decision.event,
    facts: { authorId, actorId: officerId },
  })
  if (!moved) throw takenMeanwhile()
  const settled = await moveReview(ctx, review, { to: decision.to, claimedBy: officerId, note: decision.note })
  if (!settled) throw takenMeanwhile()
  return moved
}
