import {
  approveReview,
  claimReview,
  listReviews,
  listRewrites,
  overrideFinding,
  rejectReview,
  releaseReview,
  suggestWording,
} from '@pramaan/core/compliance'
import { ReviewDecisionView, ReviewPage, RewritesView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const reviews = ['Reviews']

export const reviewsRouter = router({
  list: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/reviews',
        summary: 'The queue of texts that need a reviewer',
        tags: reviews,
      },
    })
    .input(listReviews.input)
    .output(ReviewPage)
    .query(({ ctx, input }) => listReviews(ctx.core, input)),

  rewrites: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/reviews/{id}/rewrites',
        summary: 'Refused texts that the text of a review is a rewrite of, with what is different',
        tags: reviews,
      },
    })
    .input(listRewrites.input)
    .output(RewritesView)
    .query(({ ctx, input }) => listRewrites(ctx.core, input)),

  claim: procedure
    .meta({ rest: { method: 'POST', path: '/reviews/{id}/claim', summary: 'Take a review', tags: reviews } })
    .input(claimReview.input)
    .output(ReviewDecisionView)
    .mutation(({ ctx, input }) => claimReview(ctx.core, input)),

  release: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reviews/{id}/release',
        summary: 'Give a review back to the queue',
        tags: reviews,
      },
    })
    .input(releaseReview.input)
    .output(ReviewDecisionView)
    .mutation(({ ctx, input }) => releaseReview(ctx.core, input)),

  approve: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reviews/{id}/approve',
        summary: 'Approve the text under review',
        tags: reviews,
      },
    })
    .input(approveReview.input)
    .output(ReviewDecisionView)
    .mutation(({ ctx, input }) => approveReview(ctx.core, input)),

  reject: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reviews/{id}/reject',
        summary: 'Reject the text under review',
        tags: reviews,
      },
    })
    .input(rejectReview.input)
    .output(ReviewDecisionView)
    .mutation(({ ctx, input }) => rejectReview(ctx.core, input)),

  suggest: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reviews/{id}/suggest',
        summary: 'Propose other words to the author',
        tags: reviews,
      },
    })
    .input(suggestWording.input)
    .output(ReviewDecisionView)
    .mutation(({ ctx, input }) => suggestWording(ctx.core, input)),

  override: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reviews/{id}/override',
        summary: 'Set a finding aside, with a reason',
        tags: reviews,
      },
    })
    .input(overrideFinding.input)
    .output(ReviewDecisionView)
    .mutation(({ ctx, input }) => overrideFinding(ctx.core, input)),
})
