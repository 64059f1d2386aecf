import { schema, statement, type Tx } from '@pramaan/db'
import { RefreshInput } from '@pramaan/shared'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { CommandCtx, Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, type Result, steps } from '../platform/use-case.ts'
import { addressId } from './address.ts'
import { endCompromised } from './end-compromised.ts'
import { lockUser } from './family.ts'
import { sendMailJob } from './jobs.ts'
import { refreshTokenHash, successorOf } from './refresh-token.ts'
import { judgeRefresh, type RefreshJudgement } from './rules/refresh.ts'

const { members, refreshTokens: tokens, users } = schema

/**
 * Changes a refresh token for a new pair. Where Redis has lost the session, a new one takes its place: people go on
 * without signing in again.
 *
 * @throws AppError `refresh_reused` (a spent token came back: all of its family has ended), `refresh_expired`,
 * `session_ended`
 */
export const refreshTokens = steps({
  name: 'session.refresh',
  input: RefreshInput,
  async run(ctx, { refreshToken }) {
    const [owner] = await ownerOfToken(ctx.db.read).execute({ tokenHash: refreshTokenHash(refreshToken) })
    if (!owner) throw refusal('expired')
    const { userId, role, memberRole, advisorId } = owner
    const actor = { kind: 'user', userId, role, memberRole, sessionId: owner.sessionHash } as const
    // Never kept for a repetition: it runs several commands, and a refresh token repeats by its own rules.
    const asOwner = { ...ctx, actor, advisorId, idempotency: undefined }
    const replacement = await replacementFor(ctx, owner)
    const outcome = await rotate(asOwner, { refreshToken, replacement })
    if (replacement !== null && outcome.sessionHash !== replacement) await ctx.sessions.end(replacement)
    if (outcome.judgement === 'reused') await endCompromised(asOwner, outcome.revoked)
    if (outcome.judgement !== 'rotate' && outcome.judgement !== 'repeat') throw refusal(outcome.judgement)
    const issued = await ctx.tokens.issue({ userId, sessionId: outcome.sessionHash })
    return { ...issued, refreshToken: successorOf(ctx.keys, refreshToken) }
  },
})

const ownerOfToken = statement((queries) =>
  queries
    .select({
      userId: tokens.userId,
      sessionHash: tokens.sessionHash,
      createdAt: tokens.createdAt,
      expiresAt: tokens.expiresAt,
      usedAt: tokens.usedAt,
      revokedAt: tokens.revokedAt,
      status: users.status,
      role: users.role,
      credentialVersion: users.credentialVersion,
      memberRole: members.role,
      advisorId: members.advisorId,
    })
    .from(tokens)
    .innerJoin(users, eq(users.id, tokens.userId))
    .leftJoin(members, eq(members.userId, users.id))
    .where(eq(tokens.tokenHash, sql.placeholder('tokenHash')))
    .prepare('identity_owner_of_refresh_token'),
)
type Owner = Awaited<ReturnType<ReturnType<typeof ownerOfToken>['execute']>>[number]

/**
 * The handle of a new session where the old one is lost; null where it lives or where the token will be refused anyway.
 * It is made before the transaction, which must not wait for Redis; the loser of a race ends its own again.
 *
 * @throws AppError `session_ended`
 */
async function replacementFor(ctx: Ctx, owner: Owner): Promise<string | null> {
  const { userId, credentialVersion } = owner
  if (owner.status !== 'active') throw refusal('ended')
  const session = await ctx.sessions.findByHandle(owner.sessionHash)
  if (session) {
    if (session.userId !== userId || session.credentialVersion !== credentialVersion) throw refusal('ended')
    return null
  }
  if (judgeRefresh(owner, null, ctx.now()) !== 'rotate') return null
  return (await ctx.sessions.create({ userId, credentialVersion }, { userAgent: '' })).session.handle
}

interface Outcome {
  judgement: RefreshJudgement
  /** The session that the successor belongs to. */
  sessionHash: string
  /** Where a family was ended: the sessions that it had. */
  revoked: string[]
}

/** The decision, under the user's lock. Refusals are returned, not thrown: a throw would undo the revocation. */
const rotate = command({
  name: 'session.refresh',
  input: z.strictObject({ refreshToken: z.string(), replacement: z.string().nullable() }),
  async run(ctx, { refreshToken, replacement }): Promise<Result<Outcome>> {
    if (ctx.actor.kind !== 'user') throw new Error('a refresh token belongs to a user')
    await lockUser(ctx.tx, ctx.actor.userId)
    const next = refreshTokenHash(successorOf(ctx.keys, refreshToken))
    const [presented, successor] = await Promise.all([
      findToken(ctx.tx, refreshTokenHash(refreshToken)),
      findToken(ctx.tx, next),
    ])
    if (!presented) return { output: { judgement: 'expired', sessionHash: '', revoked: [] }, unchanged: true }
    const now = ctx.now()
    const judgement = judgeRefresh(presented, successor ?? null, now)
    if (judgement === 'reused') return endFamily(ctx, presented)
    const sessionHash =
      judgement === 'rotate' ? (replacement ?? presented.sessionHash) : (successor ?? presented).sessionHash
    const output = { judgement, sessionHash, revoked: [] }
    if (judgement !== 'rotate') return { output, unchanged: true }
    const { familyId, userId, expiresAt } = presented
    const used = ctx.tx.update(tokens).set({ usedAt: now }).where(eq(tokens.tokenHash, presented.tokenHash))
    const made = ctx.tx
      .insert(tokens)
      .values({ tokenHash: next, familyId, userId, sessionHash, expiresAt, createdAt: now })
    return {
      output,
      audit: { action: 'session.refreshed', objectType: 'session', objectId: sessionHash },
      writes: [used.execute(), made.execute()],
    }
  },
})

const findToken = async (tx: Tx, tokenHash: Buffer) =>
  (await tx.select().from(tokens).where(eq(tokens.tokenHash, tokenHash)))[0]

async function endFamily(ctx: CommandCtx, presented: typeof tokens.$inferSelect): Promise<Result<Outcome>> {
  const rows = await ctx.tx
    .update(tokens)
    .set({ revokedAt: ctx.now() })
    .where(and(eq(tokens.familyId, presented.familyId), isNull(tokens.revokedAt)))
    .returning({ sessionHash: tokens.sessionHash })
  const { sessionHash, familyId } = presented
  const [owner] = await ctx.tx.select({ emailHash: users.emailHash }).from(users).where(eq(users.id, presented.userId))
  const revoked = [...new Set([sessionHash, ...rows.map((row) => row.sessionHash)])]
  return {
    output: { judgement: 'reused', sessionHash, revoked },
    audit: {
      action: 'refresh_token.reused',
      objectType: 'session',
      objectId: sessionHash,
      outcome: 'refused',
      reason: 'refresh_reused',
      detail: { familyId, tokensRevoked: rows.length },
    },
    // Once a family: whoever holds a spent token must not be able to fill the owner's mailbox.
    jobs: owner && rows.length > 0 ? [theftNotice(owner.emailHash, ctx.newId())] : [],
  }
}

const theftNotice = (emailHash: Buffer, mailId: string) =>
  sendMailJob.with({ kind: 'refresh_reused', addressHash: addressId(emailHash), mailId })

function refusal(judgement: 'reused' | 'expired' | 'ended'): AppError {
  switch (judgement) {
    case 'reused':
      return new AppError(
        'refresh_reused',
        'This refresh token was used before. For safety you are signed out: sign in again.',
      )
    case 'expired':
      return new AppError('refresh_expired', 'This refresh token is not valid any more. Sign in again.')
    case 'ended':
      return new AppError('session_ended', 'This session has ended. Sign in again.')
  }
}
