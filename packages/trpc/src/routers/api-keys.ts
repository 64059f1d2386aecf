import { createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from '@pramaan/core/identity'
import { ApiKeyPage, DoneView, NewApiKeyView, RotatedApiKeyView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['API keys']

export const apiKeysRouter = router({
  list: procedure
    .meta({ rest: { method: 'GET', path: '/api-keys', summary: 'The API keys of your firm', tags } })
    .input(listApiKeys.input)
    .output(ApiKeyPage)
    .query(({ ctx, input }) => listApiKeys(ctx.core, input)),

  create: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/api-keys',
        status: 201,
        summary: 'Make an API key; it is shown this once',
        tags,
      },
      idempotency: 'none',
    })
    .input(createApiKey.input)
    .output(NewApiKeyView)
    .mutation(({ ctx, input }) => createApiKey(ctx.core, input)),

  rotate: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/api-keys/{id}/rotate',
        summary: 'Give an API key a new secret; it is shown this once',
        tags,
      },
      idempotency: 'none',
    })
    .input(rotateApiKey.input)
    .output(RotatedApiKeyView)
    .mutation(({ ctx, input }) => rotateApiKey(ctx.core, input)),

  revoke: procedure
    .meta({ rest: { method: 'DELETE', path: '/api-keys/{id}', summary: 'End an API key', tags } })
    .input(revokeApiKey.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => revokeApiKey(ctx.core, input)),
})
