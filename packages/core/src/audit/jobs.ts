import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/** Makes the next files of an inspection pack and asks for itself again until it is whole. Doing it twice changes nothing. */
export const makePackJob = defineJob('audit.make-pack', { advisorId: z.uuid(), packId: z.uuid() })
