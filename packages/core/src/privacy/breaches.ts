import { type Queries, schema } from '@pramaan/db'
import { BreachAudience, type BreachView, RecordBreachInput, ReportBreachInput } from '@pramaan/shared'
import { and, desc, eq, inArray, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, query } from '../platform/use-case.ts'
import { CLOCKS, dueAt, reportText } from './rules/breach-clocks.ts'

const { breaches, breachReports } = schema
type BreachRow = typeof breaches.$inferSelect
type ReportRow = typeof breachReports.$inferSelect

const NEWEST = 100

const breachView = (row: BreachRow, reports: ReportRow[], now: Date): BreachView => ({
  id: row.id,
  summary: row.summary,
  noticedAt: row.noticedAt.toISOString(),
  clocks: BreachAudience.options.flatMap((to) =>
    reports
      .filter(({ audience }) => audience === to)
      .map((report) => ({
        to,
        rule: CLOCKS[to].rule,
        dueAt: report.dueAt.toISOString(),
        reportedAt: report.reportedAt?.toISOString() ?? null,
        reference: report.reference,
        overdue: (report.reportedAt ?? now) > report.dueAt,
        template: reportText(to, row),
      })),
  ),
})

const reportsOf = (queries: Queries, ids: string[]) =>
  queries.select().from(breachReports).where(inArray(breachReports.breachId, ids))

/**
 * Records a breach or incident. From the moment at which it was noticed the clocks run at once: six hours to CERT-In,
 * seventy-two to the Data Protection Board, and the people concerned without delay.
 *
 * @throws AppError `invalid_input` for one that was noticed in the future
 */
export const recordBreach = command({
  name: 'breach.record',
  input: RecordBreachInput,
  async run(ctx, { summary, noticedAt, dataConcerned, peopleConcerned = null, measures }) {
    const noticed = new Date(noticedAt)
    if (noticed > ctx.now()) throw new AppError('invalid_input', 'noticedAt lies in the future.')
    const facts = { id: ctx.newId(), summary, noticedAt: noticed, dataConcerned, peopleConcerned, measures }
    const [row] = await ctx.tx
      .insert(breaches)
      .values({ ...facts, recordedBy: userIdOf(ctx) })
      .returning()
    if (!row) throw new Error('an insert without a conflict returned nothing')
    const due = BreachAudience.options.map((audience) => ({
      breachId: row.id,
      audience,
      dueAt: dueAt(audience, noticed),
    }))
    const reports = await ctx.tx.insert(breachReports).values(due).returning()
    return {
      output: breachView(row, reports, ctx.now()),
      audit: { action: 'breach.recorded', objectType: 'breach', objectId: row.id, detail: { noticedAt } },
    }
  },
})

/** Notes that a report was made, with its reference; each once. @throws AppError `not_found` */
export const reportBreach = command({
  name: 'breach.report',
  input: ReportBreachInput,
  async run(ctx, { id, to, reference, reportedAt }) {
    const at = reportedAt === undefined ? ctx.now() : new Date(reportedAt)
    const isDue = and(eq(breachReports.breachId, id), eq(breachReports.audience, to), isNull(breachReports.reportedAt))
    const [made] = await ctx.tx
      .update(breachReports)
      .set({ reportedAt: at, reference, reportedBy: userIdOf(ctx) })
      .where(isDue)
      .returning()
    const [row] = await ctx.tx.select().from(breaches).where(eq(breaches.id, id))
    if (!made || !row) throw notFound('report that is due')
    return {
      output: breachView(row, await reportsOf(ctx.tx, [id]), ctx.now()),
      audit: {
        action: 'breach.reported',
        objectType: 'breach',
        objectId: id,
        to,
        reason: reference,
        detail: { late: at > made.dueAt },
      },
    }
  },
})

/** The newest breaches with their clocks and the reports to send. */
export const listBreaches = query({
  name: 'breach.list',
  input: z.strictObject({}).prefault({}),
  async run(ctx) {
    const rows = await ctx.db.read.select().from(breaches).orderBy(desc(breaches.noticedAt)).limit(NEWEST)
    const reports =
      rows.length === 0
        ? []
        : await reportsOf(
            ctx.db.read,
            rows.map(({ id }) => id),
          )
    const items = rows.map((row) =>
      breachView(
        row,
        reports.filter(({ breachId }) => breachId === row.id),
        ctx.now(),
      ),
    )
    return { items }
  },
})
