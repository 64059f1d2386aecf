import { schema } from '@pramaan/db'
import { lt } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'

const { emailTokens, refreshTokens } = schema

/**
 * Deletes tokens that can do nothing any more: past their expiry. Spent refresh tokens stay until then, because a spent
 * one that comes back is how theft is noticed.
 */
export const sweepIdentity = (ctx: Ctx): Promise<{ deleted: number }> => deleteTokens(ctx, {})

const deleteTokens = command({
  name: 'identity.sweep',
  input: z.strictObject({}),
  async run(ctx) {
    const now = ctx.now()
    const [mailed, refresh] = await Promise.all([
      ctx.tx.delete(emailTokens).where(lt(emailTokens.expiresAt, now)),
      ctx.tx.delete(refreshTokens).where(lt(refreshTokens.expiresAt, now)),
    ])
    const counts = { emailTokens: mailed.rowCount ?? 0, refreshTokens: refresh.rowCount ?? 0 }
    const output = { deleted: counts.emailTokens + counts.refreshTokens }
    if (output.deleted === 0) return { output, unchanged: true }
    return { output, audit: { action: 'tokens.swept', objectType: 'domain', objectId: 'identity', detail: counts } }
  },
})
