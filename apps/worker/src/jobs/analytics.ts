import { countFacts, studyChurn } from '@pramaan/core/analytics'

export const analyticsJobs = { 'analytics.rollup': countFacts, 'analytics.churn': studyChurn }
