import { RetryJobInput } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { notFound } from './errors.ts'
import { deadLetterOf, JobEnvelope, QUEUE_NAMES } from './queue.ts'
import { command } from './use-case.ts'

interface DeadRow extends Record<string, unknown> {
  data: unknown
  group_id: string | null
}

/**
 * Takes a job out of its dead-letter queue and puts it into the outbox again, in one transaction: it is in exactly one of
 * the two. Of two who retry the same job one is told that it is gone.
 *
 * @throws AppError `not_found`
 */
export const retryJob = command({
  name: 'job.retry',
  input: RetryJobInput,
  async run(ctx, { queue: name, jobId }) {
    const queue = QUEUE_NAMES.find((one) => one === name)
    if (!queue) throw notFound('queue')
    const { rows } = await ctx.tx.execute<DeadRow>(sql`
      delete from pgboss.job where name = ${deadLetterOf(queue)} and id = ${jobId} and state = 'created'
      returning data, group_id`)
    const [dead] = rows
    if (!dead) throw notFound('dead job')
    const envelope = JobEnvelope.safeParse(dead.data).data
    return {
      output: { done: true as const },
      audit: {
        action: 'job.retried',
        objectType: 'job',
        objectId: jobId,
        detail: { queue, causedBy: envelope?.requestId },
      },
      jobs: [{ queue, payload: envelope?.data ?? {}, ...(dead.group_id === null ? {} : { groupId: dead.group_id }) }],
    }
  },
})
