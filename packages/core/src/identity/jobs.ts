import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/**
 * A mail to the person behind an address. The job names the address by its keyed hash and carries no token: the queue's
 * tables hold nothing that could be used or read by somebody who sees them. See `sendMail`.
 */
export const sendMailJob = defineJob('identity.send-mail', {
  kind: z.enum(['confirm_address', 'registration_repeated']),
  addressHash: z.string(),
  /** Makes the token and the Message-ID, so that a second run sends the very same mail. */
  mailId: z.uuid(),
})
