import { countFacts } from '@pramaan/core/analytics'

export const analyticsJobs = { 'analytics.rollup': countFacts }
