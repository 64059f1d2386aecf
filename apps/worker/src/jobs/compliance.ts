import { askModel, previewRules, runStage } from '@pramaan/core/compliance'

export const complianceJobs = {
  'compliance.ask-model': askModel,
  'compliance.run-stage': runStage,
  'compliance.preview-rules': previewRules,
}
