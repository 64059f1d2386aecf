import { z } from 'zod'
import { type Ctx, userIdOf } from '../platform/context.ts'
import { describeError } from '../platform/log.ts'
import { command } from '../platform/use-case.ts'
import { outdateCredentials } from './outdate-credentials.ts'

/**
 * Ends sessions whose refresh tokens fell into other hands. When Redis does not answer, all sessions of the user end
 * instead, by their credential version in PostgreSQL: a thief must not outlive an outage.
 */
export async function endCompromised(ctx: Ctx, handles: string[]): Promise<void> {
  try {
    for (const handle of handles) await ctx.sessions.end(handle)
  } catch (error) {
    ctx.log.warn(describeError(error), 'a session could not be ended; ending all of the user')
    await outdateSessions(ctx, {})
  }
}

const outdateSessions = command({
  name: 'sessions.end',
  input: z.strictObject({}),
  async run(ctx) {
    const userId = userIdOf(ctx)
    await outdateCredentials(ctx.tx, userId, ctx.now())
    return {
      output: null,
      audit: { action: 'sessions.ended', objectType: 'user', objectId: userId, reason: 'refresh_reused' },
    }
  },
})
