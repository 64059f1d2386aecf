import { schema } from '@pramaan/db'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command, steps } from '../platform/use-case.ts'
import { compareWithRazorpay } from './find-mismatches.ts'

const { bookComparisons } = schema

const DAY_MS = 86_400_000
/** A week is looked at, up to yesterday: what is younger may still be on its way here. */
const FROM_DAYS_AGO = 8
const TO_DAYS_AGO = 1

const record = command({
  name: 'billing.compare',
  input: z.object({ fromAt: z.date(), toAt: z.date(), checked: z.int(), differing: z.int() }),
  async run(ctx, compared) {
    const id = ctx.newId()
    await ctx.tx.insert(bookComparisons).values({ id, ranAt: ctx.now(), ...compared })
    const { fromAt, toAt, checked, differing } = compared
    const detail = { from: fromAt.toISOString(), to: toAt.toISOString(), checked, differing }
    return {
      output: null,
      audit: { action: 'billing.compared', objectType: 'book_comparison', objectId: id, detail },
    }
  },
})

const compare = steps({
  name: 'billing.compare',
  input: z.strictObject({}),
  async run(ctx) {
    const daysAgo = (days: number) => new Date(ctx.now().getTime() - days * DAY_MS)
    const [fromAt, toAt] = [daysAgo(FROM_DAYS_AGO), daysAgo(TO_DAYS_AGO)]
    const { checked, items } = await compareWithRazorpay(ctx, { from: fromAt, to: toAt })
    for (const { kind, razorpayId, advisorId } of items) {
      ctx.log.error({ alert: 'billing.mismatch', kind, razorpayId, advisorId }, 'the books differ from Razorpay')
    }
    return record(ctx, { fromAt, toAt, checked, differing: items.length })
  },
})

/**
 * Job `billing.compare`: once a day, what Razorpay took in a week is compared with what is booked here. What differs is
 * for a person; `findMismatches` shows each.
 *
 * @throws UpstreamError when Razorpay cannot be asked; then it is tried again
 */
export const compareBooks = (ctx: Ctx): Promise<null> => compare(ctx, {})
