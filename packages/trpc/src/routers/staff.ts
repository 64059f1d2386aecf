import { inviteStaff, listStaff, suspendStaff } from '@pramaan/core/identity'
import { DoneView, page, StaffView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Administration']

export const staffRouter = router({
  invite: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/staff',
        status: 201,
        summary: 'Make somebody a reviewer, administrator or inspector',
        tags,
      },
    })
    .input(inviteStaff.input)
    .output(StaffView)
    .mutation(({ ctx, input }) => inviteStaff(ctx.core, input)),

  list: procedure
    .meta({ rest: { method: 'GET', path: '/admin/staff', summary: 'Our own people, newest first', tags } })
    .input(listStaff.input)
    .output(page(StaffView))
    .query(({ ctx, input }) => listStaff(ctx.core, input)),

  suspend: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/admin/staff/{id}/suspend',
        summary: 'Take one of our own people out',
        tags,
      },
    })
    .input(suspendStaff.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => suspendStaff(ctx.core, input)),
})
