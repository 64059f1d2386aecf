import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/** Asks the model about a text whose stages 1 and 2 are done. After the deadline nobody waits for the answer. */
export const modelJob = defineJob('compliance.ask-model', {
  advisorId: z.uuid(),
  contentId: z.uuid(),
  versionId: z.uuid(),
  checkId: z.uuid(),
  deadline: z.iso.datetime(),
})
