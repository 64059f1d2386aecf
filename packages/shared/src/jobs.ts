import { z } from 'zod'
import { Id, line, Time } from './fields.ts'

/** A job that failed for good: what it was about, by id, and never what else it carried. */
export const DeadJobView = z.object({
  jobId: Id,
  failedAt: Time,
  /** The request that caused it; null for what a schedule started. */
  requestId: z.string().nullable(),
  /** The kind of error that the last try ended with. */
  error: z.string().nullable(),
  about: z.record(z.string(), Id),
})

export const JobQueueView = z.object({
  queue: z.string(),
  waiting: z.int(),
  active: z.int(),
  dead: z.int(),
  newestDead: z.array(DeadJobView),
})
export const JobQueuesView = z.object({ items: z.array(JobQueueView) })
export type JobQueuesView = z.infer<typeof JobQueuesView>

export const RetryJobInput = z.strictObject({ queue: line(60), jobId: Id })
