import { schema } from '@pramaan/db'
import { and, count, eq, gt, ne } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { emailTokenHash } from './email-token.ts'
import type { TokenPurpose } from './spend-email-token.ts'

const { emailTokens } = schema

const HOUR_MS = 3600 * 1000
const MAILS_PER_HOUR = 5
const LIFETIME_MS: Record<TokenPurpose, number> = { verify: 24 * HOUR_MS, reset: HOUR_MS, change: HOUR_MS }

/**
 * Stores the hash of a mail's token. `addressHash` binds a token of purpose `change` to the address it goes to.
 *
 * @returns false when the person has had enough mails of this purpose for now
 */
export async function keepEmailToken(
  ctx: Ctx,
  userId: string,
  token: string,
  purpose: TokenPurpose,
  addressHash: Buffer | null = null,
): Promise<boolean> {
  const now = ctx.now()
  const tokenHash = emailTokenHash(token)
  const sinceAnHour = gt(emailTokens.createdAt, new Date(now.getTime() - HOUR_MS))
  const isSuch = and(eq(emailTokens.userId, userId), eq(emailTokens.purpose, purpose), sinceAnHour)
  const [recent] = await ctx.db.read
    .select({ count: count() })
    .from(emailTokens)
    .where(and(isSuch, ne(emailTokens.tokenHash, tokenHash)))
  if ((recent?.count ?? 0) >= MAILS_PER_HOUR) return false
  const expiresAt = new Date(now.getTime() + LIFETIME_MS[purpose])
  await ctx.db.read
    .insert(emailTokens)
    .values({ tokenHash, userId, purpose, expiresAt, createdAt: now, addressHash })
    .onConflictDoNothing()
  return true
}
