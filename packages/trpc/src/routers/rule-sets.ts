import { activateRules, countShadow, getImpact, listRuleSets, requestImpact } from '@pramaan/core/compliance'
import { ImpactReportView, RuleImpactView, RuleSetPage, ShadowCounts } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Administration']

export const ruleSetsRouter = router({
  list: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/admin/rule-sets',
        summary: 'Candidate rules with their reports, newest first',
        tags,
      },
    })
    .input(listRuleSets.input)
    .output(RuleSetPage)
    .query(({ ctx, input }) => listRuleSets(ctx.core, input)),

  preview: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/rule-sets',
        status: 201,
        summary: 'Have everything that may be sent judged by candidate rules',
        tags,
      },
    })
    .input(requestImpact.input)
    .output(RuleImpactView)
    .mutation(({ ctx, input }) => requestImpact(ctx.core, input)),

  shadow: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/admin/shadow-rules',
        summary: 'How often rules to come would have found something',
        tags,
      },
    })
    .input(countShadow.input)
    .output(ShadowCounts)
    .query(({ ctx, input }) => countShadow(ctx.core, input)),

  impact: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/admin/rule-sets/{id}',
        summary: 'The report on candidate rules: each text on which they decide otherwise',
        tags,
      },
    })
    .input(getImpact.input)
    .output(ImpactReportView)
    .query(({ ctx, input }) => getImpact(ctx.core, input)),

  activate: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/rule-sets/{id}/activate',
        summary: 'Propose candidate rules, or activate what another administrator proposed',
        tags,
      },
    })
    .input(activateRules.input)
    .output(RuleImpactView)
    .mutation(({ ctx, input }) => activateRules(ctx.core, input)),
})
