import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/** Carries out an erasure that was asked for. Doing it twice changes nothing. */
export const eraseJob = defineJob('privacy.erase', { advisorId: z.uuid(), erasureId: z.uuid() })
