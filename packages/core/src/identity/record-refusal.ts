import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'

/** A wrong password or code of somebody who is signed in: it may be a thief of the session, so it stands in the log. */
export const recordRefusal = command({
  name: 'credentials.refuse',
  input: z.strictObject({ action: z.string(), reason: z.enum(['wrong_password', 'wrong_code']) }),
  async run(ctx, { action, reason }) {
    return {
      output: null,
      audit: { action, objectType: 'user', objectId: userIdOf(ctx), outcome: 'refused', reason },
    }
  },
})
