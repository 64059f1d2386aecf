import { sweepExports } from '@pramaan/core/analytics'
import { sweepPacks } from '@pramaan/core/audit'
import { sweepBilling } from '@pramaan/core/billing'
import { sweepApprovals, sweepChecks, sweepReviews } from '@pramaan/core/compliance'
import { sweepDeliveries } from '@pramaan/core/delivery'
import { sweepIdentity, sweepInvitations, sweepLicences } from '@pramaan/core/identity'
import type { Ctx } from '@pramaan/core/platform/context'
import { makePartitions, sweepPlatform } from '@pramaan/core/platform/upkeep'
import { sweepDuties, sweepRetentions } from '@pramaan/core/privacy'

/** Finds what stands still or has outlived its purpose, in every domain. One that fails does not keep the others from it. */
async function sweep(ctx: Ctx): Promise<void> {
  const sweeps = [
    sweepPlatform,
    sweepIdentity,
    sweepInvitations,
    sweepLicences,
    sweepChecks,
    sweepReviews,
    sweepApprovals,
    sweepDeliveries,
    sweepBilling,
    sweepExports,
    sweepPacks,
    sweepRetentions,
    sweepDuties,
  ]
  const failed = (await Promise.allSettled(sweeps.map((one) => one(ctx)))).find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}

export const platformJobs = { 'platform.partitions': makePartitions, 'platform.sweep': sweep }
