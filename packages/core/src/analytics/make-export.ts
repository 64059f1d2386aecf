import { schema } from '@pramaan/db'
import { type AnalyticsReport, csvOf } from '@pramaan/shared'
import { and, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { type Ctx, withinFirm } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { complianceOf } from './get-compliance.ts'
import { engagementOf } from './get-engagement.ts'
import { overviewOf } from './get-overview.ts'
import { trendsOf } from './get-trends.ts'
import { exportJob } from './jobs.ts'
import { tableOf } from './rules/table.ts'

const { analyticsExports } = schema

const KEEP_MS = 7 * 24 * 3_600_000

const REPORTS: Record<AnalyticsReport, (ctx: Ctx, asked: { from: string; to: string }) => Promise<object>> = {
  overview: overviewOf,
  engagement: engagementOf,
  trends: trendsOf,
  compliance: complianceOf,
}

const recordExport = command({
  name: 'analytics.record_export',
  input: z.strictObject({ advisorId: z.uuid(), exportId: z.uuid(), body: z.string() }),
  async run(ctx, { advisorId, exportId, body }) {
    const isWaiting = and(eq(analyticsExports.id, exportId), eq(analyticsExports.state, 'waiting'))
    const [made] = await ctx.tx
      .update(analyticsExports)
      .set({ state: 'ready', body })
      .where(and(eq(analyticsExports.advisorId, advisorId), isWaiting))
      .returning({ id: analyticsExports.id })
    if (!made) return { output: null, unchanged: true }
    const audit = { action: 'analytics.export_made', objectType: 'analytics_export', objectId: exportId, advisorId }
    return { output: null, audit }
  },
})

/** Job `analytics.export`: the report as its own route gives it, as JSON, or its main table as CSV. */
export async function makeExport(ctx: Ctx, payload: unknown): Promise<void> {
  const { advisorId, exportId } = exportJob.payload.parse(payload)
  const inside = { ...withinFirm(ctx, advisorId), advisorId }
  const isTheirs = and(eq(analyticsExports.advisorId, advisorId), eq(analyticsExports.id, exportId))
  const [row] = await inside.db.read.select().from(analyticsExports).where(isTheirs)
  if (row?.state !== 'waiting') return
  const view = await REPORTS[row.report](inside, { from: row.fromDay, to: row.toDay })
  const table = tableOf(view)
  const body = row.format === 'json' ? JSON.stringify(view, null, 2) : csvOf(table.columns, table.items)
  await recordExport(ctx, { advisorId, exportId, body })
}

const deleteOldExports = command({
  name: 'analytics.sweep_exports',
  input: z.strictObject({}),
  async run(ctx) {
    await ctx.tx.delete(analyticsExports).where(lt(analyticsExports.createdAt, new Date(ctx.now().getTime() - KEEP_MS)))
    return { output: null, unchanged: true }
  },
})

/** Deletes files that nobody fetches any more. */
export async function sweepExports(ctx: Ctx): Promise<void> {
  await deleteOldExports(ctx, {})
}
