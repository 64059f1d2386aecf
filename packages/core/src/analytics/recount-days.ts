import { schema } from '@pramaan/db'
import { RecountInput } from '@pramaan/shared'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { firstDayToCount } from './first-day-to-count.ts'
import { holdCursor } from './hold-cursor.ts'
import { rollupJob } from './jobs.ts'
import { rollUp } from './roll-up.ts'
import { rollUpPlatform } from './roll-up-platform.ts'
import { dayAfter, daysOf, type Range } from './rules/range.ts'

/**
 * Has the roll-ups of some days made from scratch, for all advisors: after a repair of the facts by hand. Days whose facts
 * may have been detached are refused, as nothing could be counted in place of what stands there.
 *
 * @throws AppError `invalid_input`
 */
export const requestRecount = command({
  name: 'analytics.request_recount',
  input: RecountInput,
  async run(ctx, range) {
    const first = firstDayToCount(ctx.now())
    if (range.from < first || range.from > range.to) {
      throw new AppError('invalid_input', `Give days from ${first} on, the first of them not after the last.`)
    }
    const audit = {
      action: 'analytics.recount_requested',
      objectType: 'analytics',
      objectId: range.from,
      detail: range,
    }
    return { output: range, audit, jobs: [rollupJob.with({ recount: range })] }
  },
})

const recountSome = command({
  name: 'analytics.recount_days',
  input: RecountInput,
  async run(ctx, range) {
    await holdCursor(ctx.tx)
    const advisors = await ctx.tx.select({ advisorId: schema.advisors.id }).from(schema.advisors)
    await rollUp(
      ctx.tx,
      advisors.map(({ advisorId }) => ({ advisorId, ...range })),
    )
    await rollUpPlatform(ctx.tx, daysOf(range.from, range.to))
    return { output: null, unchanged: true }
  },
})

/** A week costs little more than a day, as the facts of a firm lie by day. */
const DAYS_AT_ONCE = 7

/** Counts days in India anew, each week in a transaction of its own. */
export async function recountDays(ctx: Ctx, { from, to }: Range): Promise<void> {
  for (let first = from; first <= to; first = dayAfter(first, DAYS_AT_ONCE)) {
    const last = dayAfter(first, DAYS_AT_ONCE - 1)
    await recountSome(ctx, { from: first, to: last < to ? last : to })
  }
}
