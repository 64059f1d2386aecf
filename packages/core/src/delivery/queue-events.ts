import { schema } from '@pramaan/db'
import { and, asc, between, gt, inArray, lte, sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import type { EndpointRow } from './endpoint-view.ts'
import { webhookJob } from './jobs.ts'
import { eventsOf } from './rules/outgoing.ts'

const { auditEntries, outgoingMessages } = schema

/** Entries that one look takes; the next one goes on. */
const BATCH = 1_000

/** Some entries of the audit log: by their numbers, or by their times to send them once more. */
export type Range = { after: bigint; through: bigint } | { from: Date; to: Date }

/** Makes one message for each of the endpoints that wants to hear of an entry, and the job that sends it. */
export async function queueEvents(ctx: CommandCtx, endpoints: EndpointRow[], range: Range): Promise<Job[]> {
  const again = 'from' in range
  const within = again
    ? between(auditEntries.recordedAt, range.from, range.to)
    : and(gt(auditEntries.id, range.after), lte(auditEntries.id, range.through))
  const advisors = [...new Set(endpoints.map((endpoint) => endpoint.advisorId))]
  const entries = await ctx.tx
    .select()
    .from(auditEntries)
    .where(and(inArray(auditEntries.advisorId, advisors), within, sql`${auditEntries.body}->>'outcome' = 'done'`))
    .orderBy(asc(auditEntries.id))
    .limit(again ? BATCH * 10 : Number.MAX_SAFE_INTEGER)
  const rows = entries.flatMap((entry) =>
    endpoints.flatMap((endpoint) => {
      if (endpoint.advisorId !== entry.advisorId) return []
      const { objectType, objectId, action, body } = entry
      const { from, to, reason, versionHash } = body
      const events = eventsOf({ action, detail: body.detail }, endpoint.events)
      return events.map(({ type, detail }) => ({
        advisorId: endpoint.advisorId,
        id: ctx.newId(),
        endpointId: endpoint.id,
        entryId: entry.id,
        event: type,
        payload: {
          type,
          timestamp: entry.recordedAt.toISOString(),
          data: { action, objectType, objectId, from, to, reason, versionHash, detail },
        },
        state: 'waiting' as const,
        nextAt: ctx.now(),
        createdAt: ctx.now(),
      }))
    }),
  )
  const jobs: Job[] = []
  for (let start = 0; start < rows.length; start += BATCH) {
    const insert = ctx.tx.insert(outgoingMessages).values(rows.slice(start, start + BATCH))
    const target = [
      outgoingMessages.advisorId,
      outgoingMessages.endpointId,
      outgoingMessages.entryId,
      outgoingMessages.event,
    ]
    const set = { state: 'waiting' as const, attempts: 0, nextAt: ctx.now() }
    const kept = await (again ? insert.onConflictDoUpdate({ target, set }) : insert.onConflictDoNothing()).returning()
    jobs.push(
      ...kept.map(({ advisorId, id, endpointId }) =>
        webhookJob.with({ advisorId, messageId: id }, { groupId: endpointId }),
      ),
    )
  }
  return jobs
}
