import { schema } from '@pramaan/db'
import { CreateApiKeyInput } from '@pramaan/shared'
import { and, count, eq, gt, isNull, or } from 'drizzle-orm'
import { advisorIdOf, type CommandCtx, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { requireKeyMaker } from './change-keys.ts'
import { newSecret } from './new-secret.ts'
import { prefixOf } from './rules/api-key.ts'

const { apiKeys } = schema

/** Keys that work at a time, in one firm. */
const MAX_LIVE_KEYS = 20

/**
 * Makes a key with which a program acts for the firm, within its scopes. The key is shown in this answer and never again.
 *
 * @throws AppError `invalid_input` for an end in the past, `invalid_state` when the firm has 20 keys, `forbidden` in a
 *   suspended firm, `plan_limit_reached`
 */
export const createApiKey = command({
  name: 'api_key.create',
  input: CreateApiKeyInput,
  async run(ctx, { name, scopes, expiresAt }) {
    await requireKeyMaker(ctx)
    const until = expiresAt === undefined ? null : new Date(expiresAt)
    if (until !== null && until <= ctx.now()) {
      throw new AppError('invalid_input', 'expiresAt has passed. Give a time to come, or leave it out.')
    }
    await refuseTooMany(ctx)
    const id = ctx.newId()
    const prefix = prefixOf(ctx.settings.embedded ? 'test' : 'live', id)
    const { key, secretHash } = newSecret(prefix)
    await ctx.tx.insert(apiKeys).values({
      advisorId: advisorIdOf(ctx),
      id,
      name,
      prefix,
      secretHash,
      scopes,
      expiresAt: until,
      createdBy: userIdOf(ctx),
      createdAt: ctx.now(),
    })
    return {
      output: { id, key, prefix },
      audit: {
        action: 'api_key.created',
        objectType: 'api_key',
        objectId: id,
        detail: { scopes, expiresAt: until?.toISOString() ?? null },
      },
    }
  },
})

async function refuseTooMany(ctx: CommandCtx): Promise<void> {
  const isLive = and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, ctx.now())))
  const [row] = await ctx.tx
    .select({ live: count() })
    .from(apiKeys)
    .where(and(eq(apiKeys.advisorId, advisorIdOf(ctx)), isLive))
  if ((row?.live ?? 0) < MAX_LIVE_KEYS) return
  throw new AppError('invalid_state', `A firm has ${MAX_LIVE_KEYS} keys at most. Revoke one that is not used.`)
}
