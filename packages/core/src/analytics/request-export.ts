import { schema } from '@pramaan/db'
import { ExportInput } from '@pramaan/shared'
import { advisorIdOf, userIdOf } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { exportView } from './get-export.ts'
import { exportJob } from './jobs.ts'
import { headOf } from './read-roll-ups.ts'

/** Asks for a report as a file; a job makes it. @throws AppError `invalid_input` for a range that no report takes */
export const requestExport = command({
  name: 'analytics.request_export',
  input: ExportInput,
  async run(ctx, { report, format, from, to }) {
    const advisorId = advisorIdOf(ctx)
    const { range } = headOf({ from, to }, ctx.now())
    const row = {
      ...{ advisorId, id: ctx.newId(), report, format, fromDay: range.from, toDay: range.to },
      ...{ state: 'waiting' as const, body: null, requestedBy: userIdOf(ctx), createdAt: ctx.now() },
    }
    return {
      output: exportView(row),
      audit: {
        action: 'analytics.export_requested',
        objectType: 'analytics_export',
        objectId: row.id,
        detail: { report, format, ...range },
      },
      jobs: [exportJob.with({ advisorId, exportId: row.id })],
      writes: [ctx.tx.insert(schema.analyticsExports).values(row).execute()],
    }
  },
})
