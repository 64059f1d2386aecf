import { istDay, PlatformInput, type PlatformView } from '@pramaan/shared'
import { AppError } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { countAdvisors, countOnboarding } from './count-onboarding.ts'
import { countRevenue } from './count-revenue.ts'
import { countReviewLoad, countTurnaround } from './count-reviews.ts'
import { countRules } from './count-rules.ts'
import { report } from './report.ts'
import { monthSteps } from './rules/month-steps.ts'
import { rangeOf } from './rules/range.ts'

/**
 * How the platform does: firms, their way in, the review desk against its promise, the rules, and the revenue that the
 * ledger holds. Counts over all firms; it names none, and no person.
 *
 * @throws AppError `invalid_input` for a range that is too long or turned round, `unavailable`
 */
export const readPlatform = query({
  name: 'analytics.read_platform',
  input: PlatformInput,
  async run(ctx, input): Promise<PlatformView> {
    const now = ctx.now()
    const range = rangeOf(input, istDay(now))
    if (typeof range === 'string') throw new AppError('invalid_input', range)
    const { asOf, source, result } = await report(ctx, async (queries) => {
      const [advisors, onboarding, load, turnaround, rules] = await Promise.all([
        countAdvisors(queries),
        countOnboarding(queries, range),
        countReviewLoad(queries, now),
        countTurnaround(queries, range),
        countRules(queries, range),
      ])
      const months = await countRevenue(queries, monthSteps(range, now))
      const revenue = { mrrPaise: months.at(-1)?.closingMrrPaise ?? 0, months }
      return { advisors, onboarding, reviews: { load, turnaround }, rules, revenue }
    })
    return { asOf, source, ...range, ...result }
  },
})
