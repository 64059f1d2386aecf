import { schema } from '@pramaan/db'
import { ApiKeyListInput, type ApiKeyView } from '@pramaan/shared'
import { and, desc, eq, lt } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'

const { apiKeys } = schema

/** The firm's keys, newest first, with those that were revoked. */
export const listApiKeys = query({
  name: 'api_key.list',
  input: ApiKeyListInput,
  async run(ctx, { limit, cursor }) {
    const advisorId = advisorIdOf(ctx)
    const list = `api_keys:${advisorId}`
    const before = cursor === undefined ? undefined : lt(apiKeys.id, decodeCursor(ctx.keys, list, cursor))
    const rows = await ctx.db.read
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.advisorId, advisorId), before))
      .orderBy(desc(apiKeys.id))
      .limit(limit + 1)
    return toPage(ctx.keys, list, rows, { limit, keyOf: (row) => row.id, view: apiKeyView })
  },
})

const apiKeyView = (row: typeof apiKeys.$inferSelect): ApiKeyView => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  createdAt: row.createdAt.toISOString(),
  createdBy: row.createdBy,
  expiresAt: row.expiresAt?.toISOString() ?? null,
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  previousValidUntil: row.previousUntil?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
})
