import { z } from 'zod'
import { type Ctx, userIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { lockUser, revokeSession } from './family.ts'

const EndSessionInput = z.strictObject({ id: z.string().min(1).max(100) })

/** Ends one of the caller's own sessions, by the id of the list. @throws AppError `not_found` */
export const endSession = steps({
  name: 'session.end',
  input: EndSessionInput,
  async run(ctx, { id }) {
    const session = await ctx.sessions.findByHandle(id)
    if (session?.userId !== userIdOf(ctx)) throw notFound('session')
    return endOwnSession(ctx, id)
  },
})

/**
 * Ends the refresh tokens first: if Redis fails after that, the caller hears of it, is still signed in and can say it
 * again. The other way round a refresh token would bring the ended session back.
 */
export async function endOwnSession(ctx: Ctx, handle: string): Promise<{ done: true }> {
  const done = await recordEnd(ctx, { id: handle })
  await ctx.sessions.end(handle)
  return done
}

const recordEnd = command({
  name: 'session.end',
  input: EndSessionInput,
  async run(ctx, { id }) {
    const userId = userIdOf(ctx)
    await lockUser(ctx.tx, userId)
    await revokeSession(ctx.tx, userId, id, ctx.now())
    return {
      output: { done: true as const },
      audit: { action: 'session.ended', objectType: 'session', objectId: id },
    }
  },
})
