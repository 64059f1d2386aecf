import type { JobQueuesView } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { deadLetterOf, JobEnvelope, QUEUE_NAMES, type QueueName } from './queue.ts'
import { query } from './use-case.ts'

/** Dead jobs that are shown of each queue. */
const SHOWN = 20

interface CountRow extends Record<string, unknown> {
  name: string
  active: boolean
  found: number
}

interface DeadRow extends Record<string, unknown> {
  name: string
  id: string
  data: unknown
  source_output: unknown
  created_on: string
}

/** Every queue: what waits (in the outbox too), what runs, what failed for good. */
export const listJobs = query({
  name: 'job.list',
  input: z.strictObject({}),
  async run(ctx): Promise<JobQueuesView> {
    const queues = [...QUEUE_NAMES]
    const deadQueues = queues.map(deadLetterOf)
    const [counts, dead] = await Promise.all([
      ctx.db.read.execute<CountRow>(sql`
        select name, state = 'active' as active, count(*)::int as found from pgboss.job
        where name = any(${sql.param([...queues, ...deadQueues])}::text[]) and state in ('created', 'retry', 'active')
        group by 1, 2
        union all
        select queue, false, count(*)::int from outbox group by 1`),
      ctx.db.read.execute<DeadRow>(sql`
        select newest.* from unnest(${sql.param(deadQueues)}::text[]) as q(name), lateral (
          select name, id, data, source_output, created_on from pgboss.job
          where job.name = q.name and state = 'created' order by created_on desc, id limit ${SHOWN}
        ) as newest`),
    ])
    const count = (name: string, active: boolean) =>
      counts.rows.reduce((sum, row) => (row.name === name && row.active === active ? sum + row.found : sum), 0)
    const view = (queue: QueueName) => ({
      queue,
      waiting: count(queue, false),
      active: count(queue, true),
      dead: count(deadLetterOf(queue), false),
      newestDead: dead.rows.filter(({ name }) => name === deadLetterOf(queue)).map(deadJobView),
    })
    return { items: queues.map(view) }
  },
})

function deadJobView({ id, data, source_output, created_on }: DeadRow) {
  const envelope = JobEnvelope.safeParse(data).data
  return {
    jobId: id,
    failedAt: new Date(created_on).toISOString(),
    requestId: envelope?.requestId ?? null,
    error: ErrorOutput.safeParse(source_output).data?.error ?? null,
    about: idsIn(envelope?.data),
  }
}

const ErrorOutput = z.object({ error: z.string() })

/** A payload may carry what is nobody's business here; ids are not. */
function idsIn(payload: unknown): Record<string, string> {
  const isId = ([name, value]: [string, unknown]) => name.endsWith('Id') && z.uuid().safeParse(value).success
  return Object.fromEntries(Object.entries(payload ?? {}).filter(isId)) as Record<string, string>
}
