import { schema } from '@pramaan/db'
import { lt } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { PLACE_REMEMBERED_MS } from './place.ts'
import { FORGOTTEN_MS } from './rules/sign-in-pace.ts'

const { emailTokens, refreshTokens, signInFailures, signInPlaces } = schema

/**
 * Deletes tokens that can do nothing any more: past their expiry. Spent refresh tokens stay until then, because a spent
 * one that comes back is how theft is noticed. Wrong tries and places of long ago go too, without a word in the log.
 */
export const sweepIdentity = (ctx: Ctx): Promise<{ deleted: number }> => deleteTokens(ctx, {})

const deleteTokens = command({
  name: 'identity.sweep',
  input: z.strictObject({}),
  async run(ctx) {
    const now = ctx.now()
    const longAgo = (ms: number) => new Date(now.getTime() - ms)
    const [mailed, refresh] = await Promise.all([
      ctx.tx.delete(emailTokens).where(lt(emailTokens.expiresAt, now)),
      ctx.tx.delete(refreshTokens).where(lt(refreshTokens.expiresAt, now)),
      ctx.tx.delete(signInFailures).where(lt(signInFailures.lastFailedAt, longAgo(FORGOTTEN_MS))),
      ctx.tx.delete(signInPlaces).where(lt(signInPlaces.lastProvedAt, longAgo(PLACE_REMEMBERED_MS))),
    ])
    const counts = { emailTokens: mailed.rowCount ?? 0, refreshTokens: refresh.rowCount ?? 0 }
    const output = { deleted: counts.emailTokens + counts.refreshTokens }
    if (output.deleted === 0) return { output, unchanged: true }
    return { output, audit: { action: 'tokens.swept', objectType: 'domain', objectId: 'identity', detail: counts } }
  },
})
