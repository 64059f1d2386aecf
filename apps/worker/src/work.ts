import type { Deps } from '@pramaan/core/deps'
import { AppError } from '@pramaan/core/platform/errors'
import { newId } from '@pramaan/core/platform/ids'
import { describeError } from '@pramaan/core/platform/log'
import { JobEnvelope, QUEUE_NAMES, type QueueName } from '@pramaan/core/platform/queue'
import type { JobResult, PgBoss } from 'pg-boss'
import { jobs } from './jobs/index.ts'
import { schedules } from './schedules.ts'

const POLL_SECONDS = 1

/** Jobs that one fetch takes; those of a batch run beside one another, and the next fetch waits for the last of them. */
const BATCH = { batchSize: 20, burstWhenBatchFull: true } as const

/**
 * Turns of sending wait for the vendor, so each is fetched by itself: one that waits long keeps no other advisor's from
 * beginning, and no advisor has more than two under way.
 */
const TURNS = { batchSize: 1, localConcurrency: 10, localGroupConcurrency: 2 } as const

/** A file of a pack is held in memory while it is made, so few are made beside one another. */
const PACKS = { batchSize: 1, localConcurrency: 2 } as const

/** How the jobs of a queue are fetched. */
function optionsOf(queue: QueueName) {
  if (queue === 'delivery.send') return TURNS
  return queue === 'audit.make-pack' ? PACKS : BATCH
}

/** Runs every queue and every schedule until pg-boss is stopped. */
export async function work(deps: Deps, boss: PgBoss): Promise<void> {
  await Promise.all(
    QUEUE_NAMES.map((queue) =>
      boss.work<unknown, unknown>(
        queue,
        {
          ...optionsOf(queue),
          perJobResults: true,
          pollingIntervalSeconds: POLL_SECONDS,
          notifyPollingIntervalSeconds: POLL_SECONDS,
        } as const,
        (batch) => Promise.all(batch.map((job) => perform(deps, queue, job))),
      ),
    ),
  )
  for (const { queue, cron } of schedules) await boss.schedule(queue, cron, null, { tz: 'UTC' })
}

/**
 * Runs one job. An `AppError` is a decision and ends it; whatever else is thrown is tried again with growing gaps, and
 * lies in the dead-letter queue after the last try.
 */
async function perform(deps: Deps, queue: QueueName, job: { id: string; data: unknown }): Promise<JobResult> {
  // What the schedule sends has no envelope: nobody's request caused it.
  const { data, requestId } = job.data ? JobEnvelope.parse(job.data) : { data: {}, requestId: newId() }
  const ctx = deps.context({ actor: { kind: 'system', name: queue }, advisorId: null, requestId, ip: null })
  try {
    await jobs[queue](ctx, data)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const line = { queue, jobId: job.id, requestId }
    if (error instanceof AppError) {
      deps.log.info({ ...line, code: error.code }, 'job decided')
      return { id: job.id, status: 'completed', output: { decided: error.code } }
    }
    deps.log.error({ ...line, ...describeError(error) }, 'job failed')
    return { id: job.id, status: 'failed', output: { error: error instanceof Error ? error.name : 'unknown' } }
  }
}
