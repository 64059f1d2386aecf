import { listAdvisors, refuseLicence, verifyLicence } from '@pramaan/core/identity'
import { listJobs } from '@pramaan/core/platform/list-jobs'
import { retryJob } from '@pramaan/core/platform/retry-job'
import { AdvisorSummary, DoneView, JobQueuesView, LicenceView, page } from '@pramaan/shared'
import { Nothing, procedure, router } from '../trpc.ts'

const tags = ['Administration']

export const adminRouter = router({
  advisors: procedure
    .meta({ rest: { method: 'GET', path: '/admin/advisors', summary: 'All advisors, newest first', tags } })
    .input(listAdvisors.input)
    .output(page(AdvisorSummary))
    .query(({ ctx, input }) => listAdvisors(ctx.core, input)),

  verifyLicence: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/licences/{id}/verify',
        summary: 'Confirm that a licence exists',
        tags,
      },
    })
    .input(verifyLicence.input)
    .output(LicenceView)
    .mutation(({ ctx, input }) => verifyLicence(ctx.core, input)),

  refuseLicence: procedure
    .meta({
      rest: { method: 'POST', path: '/admin/licences/{id}/refuse', summary: 'Refuse a licence', tags },
    })
    .input(refuseLicence.input)
    .output(LicenceView)
    .mutation(({ ctx, input }) => refuseLicence(ctx.core, input)),

  jobs: procedure
    .meta({
      rest: { method: 'GET', path: '/admin/jobs', summary: 'The queues, and what failed for good in them', tags },
    })
    .input(Nothing)
    .output(JobQueuesView)
    .query(({ ctx, input }) => listJobs(ctx.core, input)),

  retryJob: procedure
    .meta({
      rest: { method: 'POST', path: '/admin/jobs/{queue}/retry', summary: 'Try a dead job again', tags },
    })
    .input(retryJob.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => retryJob(ctx.core, input)),
})
