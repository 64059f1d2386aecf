import { schema } from '@pramaan/db'
import { ReplayInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { queueEvents } from './queue-events.ts'

const DAY_MS = 24 * 3_600_000
const LONGEST_MS = 31 * DAY_MS

/**
 * Sends the events of a time again, whether they arrived or not, each under the id that it had, and makes a disabled
 * endpoint active. Receivers know doubles by the id.
 *
 * @throws AppError `not_found`, `invalid_input` for a range that is turned around or longer than 31 days
 */
export const replayEvents = command({
  name: 'webhook_endpoint.replay',
  input: ReplayInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const { webhookEndpoints } = schema
    const [from, to] = [new Date(input.from), new Date(input.to)]
    const [endpoint] = await ctx.tx
      .update(webhookEndpoints)
      .set({ state: 'active', failingSince: null, updatedAt: ctx.now() })
      .where(and(eq(webhookEndpoints.advisorId, advisorId), eq(webhookEndpoints.id, input.id)))
      .returning()
    if (!endpoint) throw notFound('webhook endpoint')
    const length = to.getTime() - from.getTime()
    if (length <= 0 || length > LONGEST_MS) {
      throw new AppError('invalid_input', 'from must lie before to, by 31 days at the most.')
    }
    const jobs = await queueEvents(ctx, [endpoint], { from, to })
    return {
      output: { events: jobs.length },
      audit: {
        action: 'webhook_endpoint.replayed',
        objectType: 'webhook_endpoint',
        objectId: input.id,
        detail: { from: input.from, to: input.to, events: jobs.length },
      },
      jobs,
    }
  },
})
