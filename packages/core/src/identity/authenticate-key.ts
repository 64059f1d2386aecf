import { type Queries, schema, statement } from '@pramaan/db'
import type { Tier } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import type { Actor, Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { opens, readKey } from './rules/api-key.ts'
import { tierAt } from './rules/tier.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors, apiKeys } = schema

/** The program that calls, for whom, on which tier. */
export interface KeyIdentity {
  actor: Extract<Actor, { kind: 'api_key' }>
  advisorId: string
  tier: Tier
}

/** `last_used_at` is told to the hour, so that a key costs one write an hour and not one a request. */
const LAST_USED_GRAIN_MS = 3_600_000

/**
 * Whose API key this is. Asks the database at every call, once and by the key's id: a key that was revoked, or a firm
 * that was suspended, is out at the next request on every instance.
 *
 * @throws AppError `unauthenticated` (no key of ours, revoked, expired; the same answer for all), `forbidden` for the key
 *   of a suspended firm
 */
export async function authenticateKey(deps: Pick<Ctx, 'db' | 'now'>, key: string): Promise<KeyIdentity> {
  const presented = readKey(key)
  const [known] = presented ? await selectKey(deps.db.acrossAdvisors.lookup).execute({ id: presented.id }) : []
  const now = deps.now()
  if (!presented || !opens(presented, known ?? null, now) || !known) {
    throw new AppError('unauthenticated', 'This API key is not valid. It may be revoked, expired or replaced.')
  }
  const { advisorId, scopes } = known
  if (known.status !== 'active') {
    throw new AppError(
      'forbidden',
      'The account of this API key is suspended. Its keys work again once it is restored.',
    )
  }
  const tier = tierAt(known, now)
  if (known.lastUsedAt === null || known.lastUsedAt.getTime() <= now.getTime() - LAST_USED_GRAIN_MS) {
    await recordUse(deps.db.forAdvisor(advisorId).read, { advisorId, id: presented.id, now })
  }
  return { actor: { kind: 'api_key', keyId: presented.id, scopes }, advisorId, tier }
}

const selectKey = statement((queries) =>
  queries
    .select({
      advisorId: apiKeys.advisorId,
      prefix: apiKeys.prefix,
      secretHash: apiKeys.secretHash,
      previousHash: apiKeys.previousHash,
      previousUntil: apiKeys.previousUntil,
      scopes: apiKeys.scopes,
      expiresAt: apiKeys.expiresAt,
      lastUsedAt: apiKeys.lastUsedAt,
      revokedAt: apiKeys.revokedAt,
      status: advisors.status,
      ...tierColumns,
    })
    .from(apiKeys)
    .innerJoin(advisors, eq(advisors.id, apiKeys.advisorId))
    .where(eq(apiKeys.id, sql.placeholder('id')))
    .prepare('identity_api_key'),
)

/** Of many calls at the turn of the hour one writes. */
async function recordUse(queries: Queries, { advisorId, id, now }: { advisorId: string; id: string; now: Date }) {
  const hour = new Date(Math.floor(now.getTime() / LAST_USED_GRAIN_MS) * LAST_USED_GRAIN_MS)
  await queries
    .update(apiKeys)
    .set({ lastUsedAt: hour })
    .where(
      and(
        eq(apiKeys.advisorId, advisorId),
        eq(apiKeys.id, id),
        sql`${apiKeys.lastUsedAt} is distinct from ${hour.toISOString()}::timestamptz`,
      ),
    )
}
