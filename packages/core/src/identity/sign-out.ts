import { z } from 'zod'
import { steps } from '../platform/use-case.ts'
import { endOwnSession } from './end-session.ts'

/** Ends the session that this call came with: its cookie, its access tokens and its refresh tokens. */
export const signOut = steps({
  name: 'session.end',
  input: z.strictObject({}),
  async run(ctx) {
    if (ctx.actor.kind !== 'user') throw new Error('only a user signs out')
    return endOwnSession(ctx, ctx.actor.sessionId)
  },
})
