import {
  getCompliance,
  getEngagement,
  getExport,
  getOverview,
  getTrends,
  listFacts,
  requestExport,
  requestRecount,
} from '@pramaan/core/analytics'
import {
  ComplianceReportView,
  EngagementView,
  FactPage,
  OverviewView,
  RecountInput,
  ReportFileView,
  TrendsView,
} from '@pramaan/shared'
import { type Meta, procedure, router } from '../trpc.ts'

const tags = ['Analytics']

/** A report is counted anew each minute; what it says of itself besides the numbers makes no new version of it. */
const ofReport = (name: string, summary: string): Meta => ({
  rest: { method: 'GET', path: `/analytics/${name}`, summary, tags },
  caching: { maxAgeSeconds: 60, besides: 'asOf' },
})

export const analyticsRouter = router({
  overview: procedure
    .meta(ofReport('overview', 'What you sent, what became of it, how your texts fared, and what it cost'))
    .input(getOverview.input)
    .output(OverviewView)
    .query(({ ctx, input }) => getOverview(ctx.core, input)),

  engagement: procedure
    .meta(ofReport('engagement', 'What people do with your messages, by text, topic, language, template and time'))
    .input(getEngagement.input)
    .output(EngagementView)
    .query(({ ctx, input }) => getEngagement(ctx.core, input)),

  trends: procedure
    .meta(ofReport('trends', 'Your messages over time, and what changed since the days before'))
    .input(getTrends.input)
    .output(TrendsView)
    .query(({ ctx, input }) => getTrends(ctx.core, input)),

  compliance: procedure
    .meta(ofReport('compliance', 'The risk of your texts over time, and which rules spoke'))
    .input(getCompliance.input)
    .output(ComplianceReportView)
    .query(({ ctx, input }) => getCompliance(ctx.core, input)),

  rows: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/analytics/rows',
        summary: 'The rows that a number of a report counts; as CSV with `Accept: text/csv`',
        tags,
        csvAnswer: true,
      },
    })
    .input(listFacts.input)
    .output(FactPage)
    .query(({ ctx, input }) => listFacts(ctx.core, input)),

  requestExport: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/analytics/exports',
        status: 202,
        summary: 'Have a report made as a file, CSV or JSON',
        tags,
      },
    })
    .input(requestExport.input)
    .output(ReportFileView)
    .mutation(({ ctx, input }) => requestExport(ctx.core, input)),

  export: procedure
    .meta({ rest: { method: 'GET', path: '/analytics/exports/{id}', summary: 'A report as a file, once ready', tags } })
    .input(getExport.input)
    .output(ReportFileView)
    .query(({ ctx, input }) => getExport(ctx.core, input)),

  recount: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/analytics/recount',
        status: 202,
        summary: 'Have the roll-ups of some days made from scratch',
        tags,
      },
    })
    .input(requestRecount.input)
    .output(RecountInput)
    .mutation(({ ctx, input }) => requestRecount(ctx.core, input)),
})
