import type { Db } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import { PgBoss } from 'pg-boss'
import { z } from 'zod'

export type { PgBoss }

/** Every queue of the product. A worker that lacks a handler for one of them does not compile. */
export const QUEUE_NAMES = [
  'audit.export-checkpoint',
  'audit.make-pack',
  'identity.send-mail',
  'billing.apply-event',
  'billing.reconcile',
  'billing.refund',
  'billing.dunning',
  'billing.compare',
  'compliance.ask-model',
  'compliance.run-stage',
  'compliance.preview-rules',
  'delivery.dispatch',
  'delivery.send',
  'delivery.reconcile',
  'delivery.apply-event',
  'delivery.pump-events',
  'delivery.send-webhook',
  'analytics.rollup',
  'analytics.export',
  'analytics.churn',
  'privacy.erase',
  'platform.partitions',
  'platform.sweep',
] as const
export type QueueName = (typeof QUEUE_NAMES)[number]

/** Where the jobs of a queue go after their last retry. */
export const deadLetterOf = (queue: QueueName) => `${queue}.dead`

export interface Job {
  queue: QueueName
  payload: unknown
  startAfter?: Date
  /** Jobs of one group share a worker's concurrency, so that no advisor starves the others. */
  groupId?: string
}

export interface JobDefinition<Payload extends z.ZodType> {
  readonly queue: QueueName
  readonly payload: Payload
  /** A job to return from a command; it is committed together with the command's change. */
  with(payload: z.input<Payload>, options?: { startAfter?: Date; groupId?: string }): Job
}

/**
 * The contract of a queue: its name and the shape of its payload. Every payload carries the request that caused it;
 * new fields must be optional, so that jobs already queued still parse.
 */
export function defineJob<Shape extends z.ZodRawShape>(
  queue: QueueName,
  shape: Shape,
): JobDefinition<z.ZodObject<Shape & { version: z.ZodDefault<z.ZodLiteral<1>> }>> {
  const payload = z.object({ ...shape, version: z.literal(1).default(1) })
  return {
    queue,
    payload: payload as never,
    with: (data, options = {}) => ({ queue, payload: payload.parse(data), ...options }),
  }
}

/** What a pg-boss job carries: the payload and the request that caused it. */
export const JobEnvelope = z.object({ data: z.unknown(), requestId: z.string() })
export type JobEnvelope = z.infer<typeof JobEnvelope>

const RELAY_BATCH = 1_000

/**
 * Moves what stands in the outbox into pg-boss, in one transaction: a job is in exactly one of the two.
 * Safe to run in several processes at once.
 *
 * @returns how many jobs were moved; call again at once when that is a full batch
 */
export async function relayOutbox(db: Db, boss: PgBoss): Promise<{ moved: number; more: boolean }> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.execute<{
      queue: QueueName
      payload: JobEnvelope
      start_after: string | null
      group_id: string | null
    }>(sql`
      with taken as materialized (
        select id from outbox order by id limit ${RELAY_BATCH} for update skip locked
      ), moved as (
        delete from outbox using taken where outbox.id = taken.id
        returning outbox.id, queue, payload, start_after, group_id
      )
      select queue, payload, start_after, group_id from moved order by id`)
    for (const [queue, jobs] of Map.groupBy(rows, (row) => row.queue)) {
      await boss.insert(
        queue,
        jobs.map((job) => ({
          data: job.payload,
          ...(job.start_after === null ? {} : { startAfter: new Date(job.start_after) }),
          ...(job.group_id === null ? {} : { group: { id: job.group_id } }),
        })),
        { db: { executeSql: (text, values) => tx.$client.query(text, values) } },
      )
    }
    return { moved: rows.length, more: rows.length === RELAY_BATCH }
  })
}

/**
 * Makes and updates the queue's own tables and queues. Runs as the owner of the database, under the migration lock.
 * Each queue has its own partition, so that one queue's backlog cannot spoil another's plans.
 */
export async function migrateQueues(url: string): Promise<void> {
  const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false, max: 2 })
  boss.on('error', () => undefined)
  await boss.start()
  try {
    for (const queue of QUEUE_NAMES) {
      await boss.createQueue(deadLetterOf(queue), { retryLimit: 0, deleteAfterSeconds: 0 })
      await boss.createQueue(queue, {
        partition: true,
        notify: true,
        deadLetter: deadLetterOf(queue),
        ...QUEUE_OPTIONS,
      })
      await boss.updateQueue(queue, { notify: true, deadLetter: deadLetterOf(queue), ...QUEUE_OPTIONS })
    }
    await boss.getDb().executeSql(GRANT_QUEUES)
  } finally {
    await boss.stop({ graceful: false, close: true })
  }
}

const QUEUE_OPTIONS = {
  retryLimit: 8,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 300,
  expireInSeconds: 60,
  heartbeatSeconds: 10,
  // What a job did stands in the audit log. Old jobs only make every look at a queue longer.
  deleteAfterSeconds: 3600,
  retentionSeconds: 14 * 24 * 3600,
} as const

const GRANT_QUEUES = `
  grant usage on schema pgboss to pramaan_app;
  grant select, insert, update, delete on all tables in schema pgboss to pramaan_app;
  grant usage on all sequences in schema pgboss to pramaan_app;
  grant execute on all functions in schema pgboss to pramaan_app;`

/** A pg-boss that runs with the app's role: no schema changes. `work` adds supervision and cron. */
export function createBoss(options: { url: string; work: boolean; onError: (error: Error) => void }): PgBoss {
  const boss = new PgBoss({
    connectionString: options.url,
    // It sets no limit of its own, and a look for jobs of dead workers that waits forever is never followed by another.
    options: '-c statement_timeout=30s',
    migrate: false,
    createSchema: false,
    supervise: options.work,
    schedule: options.work,
    useListenNotify: options.work,
    // How often it looks for jobs whose worker has died; it takes both settings, and the longer one counts.
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
    maintenanceIntervalSeconds: 600,
    max: options.work ? 8 : 2,
  })
  boss.on('error', options.onError)
  return boss
}
