import { schema } from '@pramaan/db'
import { ExportIdInput, type ReportFileView } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'

const { analyticsExports } = schema

/** A report that was asked for as a file. @throws AppError `not_found`, also a week after it was asked for */
export const getExport = query({
  name: 'analytics.get_export',
  input: ExportIdInput,
  async run(ctx, { id }) {
    const isTheirs = and(eq(analyticsExports.advisorId, advisorIdOf(ctx)), eq(analyticsExports.id, id))
    const [row] = await ctx.db.read.select().from(analyticsExports).where(isTheirs)
    if (!row) throw notFound('export')
    return exportView(row)
  },
})

export const exportView = (row: typeof analyticsExports.$inferSelect): ReportFileView => ({
  id: row.id,
  report: row.report,
  format: row.format,
  range: { from: row.fromDay, to: row.toDay },
  state: row.state,
  file: row.body === null ? null : { name: `${row.report}-${row.fromDay}-${row.toDay}.${row.format}`, text: row.body },
  createdAt: row.createdAt.toISOString(),
})
