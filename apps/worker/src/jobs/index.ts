import type { Ctx } from '@pramaan/core/platform/context'
import type { QueueName } from '@pramaan/core/platform/queue'
import { analyticsJobs } from './analytics.ts'
import { auditJobs } from './audit.ts'
import { billingJobs } from './billing.ts'
import { complianceJobs } from './compliance.ts'
import { deliveryJobs } from './delivery.ts'
import { identityJobs } from './identity.ts'
import { platformJobs } from './platform.ts'
import { privacyJobs } from './privacy.ts'

export type JobHandler = (ctx: Ctx, payload: unknown) => Promise<unknown>

/** Every queue and its handler. One that is missing does not compile. */
export const jobs: Record<QueueName, JobHandler> = {
  ...auditJobs,
  ...identityJobs,
  ...billingJobs,
  ...complianceJobs,
  ...deliveryJobs,
  ...analyticsJobs,
  ...privacyJobs,
  ...platformJobs,
}
