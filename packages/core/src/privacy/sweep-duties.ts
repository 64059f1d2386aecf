import { schema } from '@pramaan/db'
import { and, eq, isNull, lte } from 'drizzle-orm'
import { z } from 'zod'
import type { AuditEntry, Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'

const { breachReports, grievances } = schema

/** Raises the alarm, once each, for reports of breaches and answers to grievances that are overdue. */
export async function sweepDuties(ctx: Ctx): Promise<void> {
  for (const { action, objectId, detail } of await alarm(ctx, {})) {
    ctx.log.error({ alarm: action, objectId, ...detail }, 'a duty towards an authority or a person is overdue')
  }
}

const alarm = command({
  name: 'duty.alarm',
  input: z.strictObject({}),
  async run(ctx) {
    const now = ctx.now()
    const [reports, complaints] = await Promise.all([
      ctx.tx
        .update(breachReports)
        .set({ alarmedAt: now })
        .where(and(isNull(breachReports.reportedAt), isNull(breachReports.alarmedAt), lte(breachReports.dueAt, now)))
        .returning(),
      ctx.tx
        .update(grievances)
        .set({ alarmedAt: now })
        .where(and(eq(grievances.state, 'open'), isNull(grievances.alarmedAt), lte(grievances.dueAt, now)))
        .returning({ id: grievances.id, dueAt: grievances.dueAt }),
    ])
    const entries: AuditEntry[] = [
      ...reports.map(({ breachId, audience, dueAt }) => ({
        action: 'breach.report_overdue',
        objectType: 'breach',
        objectId: breachId,
        to: audience,
        detail: { dueAt },
      })),
      ...complaints.map(({ id, dueAt }) => ({
        action: 'grievance.overdue',
        objectType: 'grievance',
        objectId: id,
        detail: { dueAt },
      })),
    ]
    const [first, ...rest] = entries
    return first ? { output: entries, audit: [first, ...rest] } : { output: entries, unchanged: true }
  },
})
