import { makePack } from '@pramaan/core/audit'

export const auditJobs = { 'audit.make-pack': makePack }
