import { Day } from '@pramaan/shared'
import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/** Observes the firms that pay, and learns which of them leave. */
export const churnJob = defineJob('analytics.churn', {})

/** Reads the log on for new facts and counts their days; or counts the days from `from` to `to` anew. */
export const rollupJob = defineJob('analytics.rollup', { recount: z.object({ from: Day, to: Day }).optional() })

/** Makes the file of an export. */
export const exportJob = defineJob('analytics.export', { advisorId: z.uuid(), exportId: z.uuid() })
