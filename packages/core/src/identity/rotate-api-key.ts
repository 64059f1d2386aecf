import { schema } from '@pramaan/db'
import { RotateApiKeyInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { requireKey, requireKeyMaker } from './change-keys.ts'
import { newSecret } from './new-secret.ts'

const { apiKeys } = schema

const HOUR_MS = 3_600_000

/**
 * Gives a key a new secret; id, name, scopes and end stay. The replaced secret works for `graceHours` more, so that
 * programs can change over; one that was replaced before that ends now.
 *
 * @throws AppError `not_found`, `invalid_state` for a key that was revoked or has expired, `forbidden` in a suspended firm
 */
export const rotateApiKey = command({
  name: 'api_key.rotate',
  input: RotateApiKeyInput,
  async run(ctx, { id, graceHours }) {
    await requireKeyMaker(ctx)
    const { advisorId, prefix, secretHash: replaced, revokedAt, expiresAt } = await requireKey(ctx, id)
    const now = ctx.now()
    if (revokedAt !== null || (expiresAt !== null && expiresAt <= now)) {
      throw new AppError('invalid_state', 'This key does not work any more. Make a new one.')
    }
    const { key, secretHash } = newSecret(prefix)
    const previousUntil = graceHours === 0 ? null : new Date(now.getTime() + graceHours * HOUR_MS)
    await ctx.tx
      .update(apiKeys)
      .set({ secretHash, previousHash: previousUntil && replaced, previousUntil })
      .where(and(eq(apiKeys.advisorId, advisorId), eq(apiKeys.id, id)))
    const previousValidUntil = previousUntil?.toISOString() ?? null
    return {
      output: { id, key, prefix, previousValidUntil },
      audit: {
        action: 'api_key.rotated',
        objectType: 'api_key',
        objectId: id,
        detail: { previousValidUntil },
      },
    }
  },
})
