import {
  answerGrievance,
  listBreaches,
  listOpenGrievances,
  placeHold,
  recordBreach,
  releaseHold,
  reportBreach,
} from '@pramaan/core/privacy'
import { BreachList, BreachView, GrievanceList, GrievanceView, HoldView } from '@pramaan/shared'
import { procedure, type RestMeta, router } from '../trpc.ts'

const rest = (method: RestMeta['method'], path: RestMeta['path'], summary: string, status?: 201) => ({
  rest: { method, path, summary, tags: ['Admin'], ...(status ? { status } : {}) },
})

/** What administrators owe to authorities and to people, and to courts. */
export const dutiesRouter = router({
  recordBreach: procedure
    .meta(rest('POST', '/admin/breaches', 'Record a breach; its clocks start', 201))
    .input(recordBreach.input)
    .output(BreachView)
    .mutation(({ ctx, input }) => recordBreach(ctx.core, input)),

  reportBreach: procedure
    .meta(rest('POST', '/admin/breaches/{id}/reports', 'Note that a report was made', 201))
    .input(reportBreach.input)
    .output(BreachView)
    .mutation(({ ctx, input }) => reportBreach(ctx.core, input)),

  breaches: procedure
    .meta(rest('GET', '/admin/breaches', 'Breaches, their clocks and the reports to send'))
    .input(listBreaches.input)
    .output(BreachList)
    .query(({ ctx, input }) => listBreaches(ctx.core, input)),

  grievances: procedure
    .meta(rest('GET', '/admin/grievances', 'Open complaints, the most urgent first'))
    .input(listOpenGrievances.input)
    .output(GrievanceList)
    .query(({ ctx, input }) => listOpenGrievances(ctx.core, input)),

  answerGrievance: procedure
    .meta(rest('POST', '/admin/grievances/{id}/answer', 'Answer a complaint'))
    .input(answerGrievance.input)
    .output(GrievanceView)
    .mutation(({ ctx, input }) => answerGrievance(ctx.core, input)),

  placeHold: procedure
    .meta(
      rest('POST', '/admin/advisors/{advisorId}/legal-holds', 'Forbid erasing for a firm or one of its people', 201),
    )
    .input(placeHold.input)
    .output(HoldView)
    .mutation(({ ctx, input }) => placeHold(ctx.core, input)),

  releaseHold: procedure
    .meta(rest('DELETE', '/admin/advisors/{advisorId}/legal-holds/{id}', 'End a legal hold'))
    .input(releaseHold.input)
    .output(HoldView)
    .mutation(({ ctx, input }) => releaseHold(ctx.core, input)),
})
