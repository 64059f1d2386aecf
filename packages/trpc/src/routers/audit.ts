import { listEvents } from '@pramaan/core/audit'
import { AuditPage } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Evidence']

export const auditRouter = router({
  events: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/audit/events',
        summary: 'What happened in this account, newest first',
        tags,
      },
    })
    .input(listEvents.input)
    .output(AuditPage)
    .query(({ ctx, input }) => listEvents(ctx.core, input)),
})
