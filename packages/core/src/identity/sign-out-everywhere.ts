import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { command, steps } from '../platform/use-case.ts'
import { forgetSessions, outdateCredentials } from './outdate-credentials.ts'

/** Ends every session of the caller, this one too. Holds from the commit on, even while Redis does not answer. */
export const signOutEverywhere = steps({
  name: 'sessions.end',
  input: z.strictObject({}),
  async run(ctx) {
    const done = await recordEnd(ctx, {})
    await forgetSessions(ctx, userIdOf(ctx))
    return done
  },
})

const recordEnd = command({
  name: 'sessions.end',
  input: z.strictObject({}),
  async run(ctx) {
    const userId = userIdOf(ctx)
    await outdateCredentials(ctx.tx, userId, ctx.now())
    return {
      output: { done: true as const },
      audit: { action: 'sessions.ended', objectType: 'user', objectId: userId },
    }
  },
})
