import { runErasure } from '@pramaan/core/privacy'

export const privacyJobs = { 'privacy.erase': runErasure }
