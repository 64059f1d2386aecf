import {
  approveReview,
  checkSynchronously,
  claimReview,
  getApproval,
  listAiUses,
  listReviews,
  rejectReview,
  releaseReview,
} from '@pramaan/core/compliance'
import { AiUsePage, ProofView, ReviewDecisionView, ReviewPage, Verdict } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Compliance']

export const complianceRouter = router({
  check: procedure
    .meta({
      rest: { method: 'POST', path: '/compliance/check', summary: 'Check a text; nothing is stored', tags },
    })
    .input(checkSynchronously.input)
    .output(Verdict)
    .mutation(({ ctx, input }) => checkSynchronously(ctx.core, input)),

  aiUses: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/compliance/ai-uses',
        summary: 'The register of AI use of your firm, newest first; as CSV with `Accept: text/csv`',
        tags,
        csvAnswer: true,
      },
    })
    .input(listAiUses.input)
    .output(AiUsePage)
    .query(({ ctx, input }) => listAiUses(ctx.core, input)),
})

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
})

export const approvalsRouter = router({
  get: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/approvals/{contentId}',
        summary: 'The signed approval of a text',
        tags: ['Approvals'],
      },
    })
    .input(getApproval.input)
    .output(ProofView)
    .query(({ ctx, input }) => getApproval(ctx.core, input)),
})
