import { type Queries, schema } from '@pramaan/db'
import { and, eq, gt, isNull, or } from 'drizzle-orm'

const { apiKeys } = schema

/** The API keys of a firm that work at a moment. */
export function countLiveKeys(queries: Queries, advisorId: string, now: Date): Promise<number> {
  const isLive = and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)))
  return queries.$count(apiKeys, and(eq(apiKeys.advisorId, advisorId), isLive))
}
