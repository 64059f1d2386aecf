import { schema, type Tx } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { type Ctx, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { describeError } from '../platform/log.ts'
import { lockUser, moveFamily, revokeOthers, revokeUser } from './family.ts'

const { users } = schema

/** The session that takes the place of the caller's (`previous`), and the credentials' version until the change. */
export const Renewal = z.strictObject({ handle: z.string(), previous: z.string(), credentialVersion: z.int() })
export type Renewal = z.output<typeof Renewal>

export interface Renewed {
  accessToken: string
  /** Seconds. */
  expiresIn: number
  /** For the cookie and nowhere else. */
  sessionSecret: string
}

/**
 * What ends when a session gets its new id. `none`: nothing but the id (a step-up). `others`: all other sessions of the
 * person (TOTP turned on or off). `all`: also the refresh tokens and access tokens of this one (a new password).
 */
export type Ending = 'none' | 'others' | 'all'

/**
 * Gives the caller's session a new id at a change of privileges (OWASP ASVS 5.0, 7.2.4), fresh from now on. The old
 * cookie is worthless at once. Unless all ends, the refresh tokens go over to the new session, and access tokens made
 * before lead to it for the rest of their few minutes, without its freshness.
 *
 * `record` is the command that makes the change; it calls `endSessions` in its transaction. The new session exists
 * before, since no transaction may wait for Redis, and is taken back when the change fails.
 *
 * @throws AppError `session_ended`, and what `record` throws
 */
export async function renewSession<Output>(
  ctx: Ctx,
  ending: Ending,
  record: (renewal: Renewal) => Promise<Output>,
): Promise<{ output: Output; renewed: Renewed }> {
  const userId = userIdOf(ctx)
  const previous = ctx.actor.kind === 'user' ? ctx.actor.sessionId : ''
  const current = await ctx.sessions.findByHandle(previous)
  if (current?.userId !== userId) throw sessionEnded()
  const { credentialVersion, userAgent, createdAt } = current
  const { secret, session } = await ctx.sessions.create(
    { userId, credentialVersion: credentialVersion + (ending === 'none' ? 0 : 1) },
    { userAgent, createdAt, steppedUpAt: ctx.now() },
  )
  let output: Output
  try {
    output = await record({ handle: session.handle, previous, credentialVersion })
  } catch (error) {
    await ctx.sessions.end(session.handle).catch((cause) => ctx.log.warn(describeError(cause), 'session not ended'))
    throw error
  }
  await tidy(ctx, ending, userId, previous, session.handle)
  const tokens = await ctx.tokens.issue({ userId, sessionId: session.handle })
  return { output, renewed: { ...tokens, sessionSecret: secret } }
}

/** The part of the change that concerns sessions, in its transaction. @throws AppError `session_ended` */
export async function endSessions(
  tx: Tx,
  userId: string,
  ending: Ending,
  { handle, previous, credentialVersion }: Renewal,
  at: Date,
): Promise<void> {
  await lockUser(tx, userId)
  if (ending !== 'none') {
    const [user] = await tx
      .update(users)
      .set({ credentialVersion: credentialVersion + 1 })
      .where(and(eq(users.id, userId), eq(users.credentialVersion, credentialVersion), eq(users.status, 'active')))
      .returning({ id: users.id })
    if (!user) throw sessionEnded()
  }
  if (ending === 'all') return revokeUser(tx, userId, at)
  if (ending === 'others') await revokeOthers(tx, userId, previous, at)
  await moveFamily(tx, userId, previous, handle)
}

/** The change holds already: failing here leaves records in Redis that are worth nothing, or one old cookie less. */
async function tidy(ctx: Ctx, ending: Ending, userId: string, previous: string, handle: string): Promise<void> {
  try {
    if (ending !== 'none') {
      const others = (await ctx.sessions.list(userId)).map((session) => session.handle)
      const dead = others.filter((other) => other !== handle && (ending === 'all' || other !== previous))
      for (const other of dead) await ctx.sessions.end(other)
    }
    if (ending === 'all') await ctx.sessions.end(previous)
    else await ctx.sessions.succeed(previous, handle)
  } catch (error) {
    ctx.log.warn(describeError(error), 'outdated sessions stay in Redis until they expire')
  }
}

const sessionEnded = () => new AppError('session_ended', 'This session has ended. Sign in again.')
