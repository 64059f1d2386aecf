import { Stage } from '@pramaan/shared'
import { z } from 'zod'
import { defineJob, type Job } from '../platform/queue.ts'

/** Runs one stage of the check of a version. Content asks for it, compliance does it. */
export const runStageJob = defineJob('compliance.run-stage', {
  advisorId: z.uuid(),
  contentId: z.uuid(),
  versionId: z.uuid(),
  checkId: z.uuid(),
  stage: Stage,
})

/** A check from its first stage on. One advisor's checks share a worker's attention. */
export const newCheck = (of: { advisorId: string; contentId: string; versionId: string }, checkId: string): Job =>
  runStageJob.with(
    { advisorId: of.advisorId, contentId: of.contentId, versionId: of.versionId, checkId, stage: 1 },
    { groupId: of.advisorId },
  )
