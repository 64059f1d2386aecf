import { schema } from '@pramaan/db'
import { ApiKeyIdInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { command } from '../platform/use-case.ts'
import { lockKeys, requireKey } from './change-keys.ts'

const { apiKeys } = schema

/** Ends a key, with both its secrets, at the next request on every instance. @throws AppError `not_found` */
export const revokeApiKey = command({
  name: 'api_key.revoke',
  input: ApiKeyIdInput,
  async run(ctx, { id }) {
    await lockKeys(ctx)
    const { advisorId, revokedAt } = await requireKey(ctx, id)
    const output = { done: true as const }
    if (revokedAt !== null) return { output, unchanged: true }
    await ctx.tx
      .update(apiKeys)
      .set({ revokedAt: ctx.now(), previousHash: null, previousUntil: null })
      .where(and(eq(apiKeys.advisorId, advisorId), eq(apiKeys.id, id)))
    return { output, audit: { action: 'api_key.revoked', objectType: 'api_key', objectId: id } }
  },
})
