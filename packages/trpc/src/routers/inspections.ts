import { grantInspection, listInspectionGrants, revokeInspection } from '@pramaan/core/identity'
import { InspectionGrantView, page } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Administration']

export const inspectionsRouter = router({
  list: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/admin/inspector-grants',
        summary: 'Who may inspect whom; an inspector sees their own',
        tags,
      },
    })
    .input(listInspectionGrants.input)
    .output(page(InspectionGrantView))
    .query(({ ctx, input }) => listInspectionGrants(ctx.core, input)),

  grant: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/inspector-grants',
        status: 201,
        summary: 'Open an account to an inspector, who then reads it with the header X-Advisor-Id',
        tags,
      },
    })
    .input(grantInspection.input)
    .output(InspectionGrantView)
    .mutation(({ ctx, input }) => grantInspection(ctx.core, input)),

  revoke: procedure
    .meta({
      rest: { method: 'DELETE', path: '/admin/inspector-grants/{id}', summary: 'End an inspection now', tags },
    })
    .input(revokeInspection.input)
    .output(InspectionGrantView)
    .mutation(({ ctx, input }) => revokeInspection(ctx.core, input)),
})
