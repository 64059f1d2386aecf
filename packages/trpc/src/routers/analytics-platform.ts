import { listChurn, readPlatform } from '@pramaan/core/analytics'
import { ChurnView, PlatformView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Analytics']

export const analyticsPlatformRouter = router({
  platform: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/analytics/platform',
        summary: 'Firms, onboarding, reviews, rules and revenue of the platform',
        tags,
      },
    })
    .input(readPlatform.input)
    .output(PlatformView)
    .query(({ ctx, input }) => readPlatform(ctx.core, input)),

  churn: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/analytics/churn',
        summary: 'Paying firms by their risk to leave, and why',
        tags,
      },
    })
    .input(listChurn.input)
    .output(ChurnView)
    .query(({ ctx, input }) => listChurn(ctx.core, input)),
})
