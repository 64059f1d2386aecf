import { schema } from '@pramaan/db'
import { CreateApiKeyInput } from '@pramaan/shared'
import { advisorIdOf, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { requireKeyMaker } from './change-keys.ts'
import { countLiveKeys } from './count-live-keys.ts'
import { newSecret } from './new-secret.ts'
import { planLimitReached } from './plan-limit.ts'
import { prefixOf } from './rules/api-key.ts'

const { apiKeys } = schema

/**
 * Makes a key with which a program acts for the firm, within its scopes. The key is shown in this answer and never again.
 *
 * @throws AppError `invalid_input` for an end in the past, `forbidden` in a suspended firm, `plan_limit_reached`
 */
export const createApiKey = command({
  name: 'api_key.create',
  input: CreateApiKeyInput,
  async run(ctx, { name, scopes, expiresAt }) {
    const { tier, allowed } = await requireKeyMaker(ctx)
    const until = expiresAt === undefined ? null : new Date(expiresAt)
    if (until !== null && until <= ctx.now()) {
      throw new AppError('invalid_input', 'expiresAt has passed. Give a time to come, or leave it out.')
    }
    if ((await countLiveKeys(ctx.tx, advisorIdOf(ctx), ctx.now())) >= allowed.apiKeys)
      throw planLimitReached('apiKeys', tier, allowed.apiKeys)
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
