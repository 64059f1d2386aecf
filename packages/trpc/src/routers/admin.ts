import {
  importRegister,
  listAdvisors,
  listLicenceQueue,
  openEvidence,
  refuseLicence,
  restoreAdvisor,
  suspendAdvisor,
  verifyLicence,
} from '@pramaan/core/identity'
import { listJobs } from '@pramaan/core/platform/list-jobs'
import { retryJob } from '@pramaan/core/platform/retry-job'
import {
  AdvisorStatusView,
  AdvisorSummary,
  DoneView,
  EvidenceDocument,
  ImportRegisterView,
  JobQueuesView,
  LicenceQueuePage,
  LicenceView,
  page,
} from '@pramaan/shared'
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
  suspendAdvisor: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/advisors/{id}/suspend',
        summary: 'Stop everything that a firm sends',
        tags,
      },
    })
    .input(suspendAdvisor.input)
    .output(AdvisorStatusView)
    .mutation(({ ctx, input }) => suspendAdvisor(ctx.core, input)),

  restoreAdvisor: procedure
    .meta({ rest: { method: 'POST', path: '/admin/advisors/{id}/restore', summary: 'End a suspension', tags } })
    .input(restoreAdvisor.input)
    .output(AdvisorStatusView)
    .mutation(({ ctx, input }) => restoreAdvisor(ctx.core, input)),

  licences: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/admin/licences',
        summary: 'Licences with their evidence and what the register says, oldest first',
        tags,
      },
    })
    .input(listLicenceQueue.input)
    .output(LicenceQueuePage)
    .query(({ ctx, input }) => listLicenceQueue(ctx.core, input)),

  evidence: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/admin/licences/{id}/evidence/{evidenceId}',
        summary: 'One document; that you looked is written down',
        tags,
      },
    })
    .input(openEvidence.input)
    .output(EvidenceDocument)
    .query(({ ctx, input }) => openEvidence(ctx.core, input)),

  importRegister: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/licence-register',
        summary: "Import a regulator's published list, or a part of it",
        tags,
      },
    })
    .input(importRegister.input)
    .output(ImportRegisterView)
    .mutation(({ ctx, input }) => importRegister(ctx.core, input)),
})
