import { schema } from '@pramaan/db'
import { AnswerSuggestionInput, type CreateContentView } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { estimatedApprovalTime, readCurrent, reviseContent } from '../content/index.ts'
import { advisorIdOf, type CommandCtx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { takenMeanwhile } from './require-review.ts'
import { moveReview } from './review-queries.ts'
import { nextReviewState } from './rules/review-state.ts'

const { reviews, reviewSuggestions } = schema

type ContentChange = z.infer<typeof CreateContentView>

/**
 * Takes the words that an officer proposed: they become a new version, which is checked from the start.
 *
 * @throws AppError `not_found`; `invalid_state` when the proposal was answered or its text moved on; `conflict`
 */
export const acceptSuggestion = command({
  name: 'suggestion.accept',
  input: AnswerSuggestionInput,
  async run(ctx, input): Promise<Result<ContentChange>> {
    const { content, audit } = await answer(ctx, input, 'accept')
    return { output: await reviseContent(ctx, { id: input.id, content, submit: true }), audit }
  },
})

/**
 * Leaves the words that an officer proposed: the text goes back to the queue as it is, with a new date.
 *
 * @throws AppError `not_found`; `invalid_state` when the proposal was answered or its text moved on; `conflict`
 */
export const declineSuggestion = command({
  name: 'suggestion.decline',
  input: AnswerSuggestionInput,
  async run(ctx, input): Promise<Result<ContentChange>> {
    const { audit, dueAt } = await answer(ctx, input, 'decline')
    const current = await readCurrent(ctx.tx, advisorIdOf(ctx), input.id)
    if (!current) throw notFound('text')
    const { contentId, id: versionId, status } = current
    return { output: { contentId, versionId, status, estimatedApprovalTime: dueAt.toISOString() }, audit }
  },
})

async function answer(
  ctx: CommandCtx,
  { id: contentId, suggestionId }: z.output<typeof AnswerSuggestionInput>,
  event: 'accept' | 'decline',
) {
  const advisorId = advisorIdOf(ctx)
  const isThis = and(
    eq(reviewSuggestions.advisorId, advisorId),
    eq(reviewSuggestions.contentId, contentId),
    eq(reviewSuggestions.id, suggestionId),
  )
  const [row] = await ctx.tx
    .select({ suggestion: reviewSuggestions, review: reviews })
    .from(reviewSuggestions)
    .innerJoin(reviews, and(eq(reviews.advisorId, advisorId), eq(reviews.id, reviewSuggestions.reviewId)))
    .where(isThis)
  if (!row) throw notFound('proposal')
  const { review, suggestion } = row
  const to = suggestion.state === 'offered' ? nextReviewState(review.state, event, {}) : null
  if (to === null) throw new AppError('invalid_state', 'This proposal was answered already, or its text moved on.')
  const dueAt = estimatedApprovalTime(ctx.now(), ctx.tier)
  if (!(await moveReview(ctx, review, { to, claimedBy: null, dueAt }))) throw takenMeanwhile()
  const state = event === 'accept' ? ('accepted' as const) : ('declined' as const)
  await ctx.tx.update(reviewSuggestions).set({ state, updatedAt: ctx.now() }).where(isThis)
  const audit = {
    action: `suggestion.${state}`,
    objectType: 'content',
    objectId: contentId,
    detail: { reviewId: review.id, suggestionId, suggestedBy: suggestion.suggestedBy },
  }
  return { content: suggestion.content, audit, dueAt }
}
