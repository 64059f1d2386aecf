import { exportCheckpoint, makePack } from '@pramaan/core/audit'

export const auditJobs = { 'audit.export-checkpoint': exportCheckpoint, 'audit.make-pack': makePack }
