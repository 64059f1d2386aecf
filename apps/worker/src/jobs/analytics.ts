import { countFacts, makeExport, studyChurn } from '@pramaan/core/analytics'

export const analyticsJobs = {
  'analytics.rollup': countFacts,
  'analytics.export': makeExport,
  'analytics.churn': studyChurn,
}
