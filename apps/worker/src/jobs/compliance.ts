import { previewRules, runStage } from '@pramaan/core/compliance'

export const complianceJobs = { 'compliance.run-stage': runStage, 'compliance.preview-rules': previewRules }
