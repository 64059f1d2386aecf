import { countFacts, makeExport } from '@pramaan/core/analytics'

export const analyticsJobs = { 'analytics.rollup': countFacts, 'analytics.export': makeExport }
