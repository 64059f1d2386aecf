import { checkSynchronously, getApproval, getComplianceProfile, readReplay } from '@pramaan/core/compliance'
import { ComplianceProfileView, ProofView, ReplayKit, Verdict } from '@pramaan/shared'
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

  profile: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/compliance/profile',
        summary: 'How your firm does: score, months and families of violations',
        tags,
      },
    })
    .input(getComplianceProfile.input)
    .output(ComplianceProfileView)
    .query(({ ctx, input }) => getComplianceProfile(ctx.core, input)),
})

export const verdictsRouter = router({
  replay: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/verdicts/{id}/replay',
        summary: 'A verdict with everything that it is a function of',
        tags,
      },
    })
    .input(readReplay.input)
    .output(ReplayKit)
    .query(({ ctx, input }) => readReplay(ctx.core, input)),
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
