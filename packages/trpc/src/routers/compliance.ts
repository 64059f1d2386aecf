import {
  checkSynchronously,
  getApproval,
  getComplianceProfile,
  getFirmRules,
  listAiUses,
  readReplay,
  setFirmRules,
} from '@pramaan/core/compliance'
import { AiUsePage, ComplianceProfileView, FirmRulesView, ProofView, ReplayKit, Verdict } from '@pramaan/shared'
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

  firmRules: procedure
    .meta({
      rest: { method: 'GET', path: '/compliance/firm-rules', summary: 'The rules that your firm adds', tags },
      versionField: 'version',
    })
    .input(getFirmRules.input)
    .output(FirmRulesView)
    .query(({ ctx, input }) => getFirmRules(ctx.core, input)),

  setFirmRules: procedure
    .meta({
      rest: { method: 'PUT', path: '/compliance/firm-rules', summary: 'Set the rules that your firm adds', tags },
      versionField: 'version',
    })
    .input(setFirmRules.input)
    .output(FirmRulesView)
    .mutation(({ ctx, input }) => setFirmRules(ctx.core, input)),

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
