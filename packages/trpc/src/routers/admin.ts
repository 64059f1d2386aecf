import { listAdvisors, refuseLicence, verifyLicence } from '@pramaan/core/identity'
import { AdvisorSummary, LicenceView, page } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

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
})
