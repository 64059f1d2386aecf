import { schema } from '@pramaan/db'
import { SuggestInput } from '@pramaan/shared'
import { versionHash } from '../content/index.ts'
import { userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { contentNotice } from './content-notice.ts'
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
 * Proposes other words for the text of a claimed review. The author takes them, which makes a new version and a new
 * verdict, or leaves them. Whoever proposed words that were taken decides on that text no more.
 *
 * @throws AppError `invalid_input` for the words that are there already; `not_found`, `forbidden`, `invalid_state`, `conflict`
 */
export const suggestWording = command({
  name: 'review.suggest',
  input: SuggestInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireClaimedReview(ctx, input.id)
    const { advisorId, authorId, version } = review
    if (review.kind === 'second_look') {
      throw new AppError('invalid_state', 'This text was approved already. Uphold the approval or reject it.')
    }
    if (versionHash({ ...version, text: input.content }) === version.hash) {
      throw new AppError('invalid_input', 'These are the words of the text. Propose others, or decide on it.')
    }
    const to = stateAfter(review, 'suggest', factsOf(ctx, review))
    if (!(await moveReview(ctx, review, { to, claimedBy: null, note: input.note }))) throw takenMeanwhile()
    const suggestionId = ctx.newId()
    const write = ctx.tx.insert(schema.reviewSuggestions).values({
      advisorId,
      id: suggestionId,
      reviewId: review.id,
      contentId: version.contentId,
      suggestedBy: userIdOf(ctx),
      content: input.content,
      note: input.note,
      createdAt: ctx.now(),
      updatedAt: ctx.now(),
    })
    return {
      output: decisionView(review, to),
      audit: reviewEntry(review, 'review.wording_suggested', { reason: input.note, detail: { suggestionId } }),
      jobs: [contentNotice(ctx, 'content_suggested', { advisorId, contentId: version.contentId, authorId })],
      writes: [write.execute()],
    }
  },
})
