import { requestRecount } from '@pramaan/core/analytics'
import { RecountInput } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Analytics']

export const analyticsRouter = router({
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
