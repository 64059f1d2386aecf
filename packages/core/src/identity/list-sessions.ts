import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'

/** Where the caller is signed in, newest first. */
export const listSessions = query({
  name: 'session.list',
  input: z.strictObject({}),
  async run(ctx) {
    const userId = userIdOf(ctx)
    const current = ctx.actor.kind === 'user' ? ctx.actor.sessionId : ''
    const [sessions, [user]] = await Promise.all([
      ctx.sessions.list(userId),
      ctx.db.read
        .select({ credentialVersion: schema.users.credentialVersion })
        .from(schema.users)
        .where(eq(schema.users.id, userId)),
    ])
    const items = sessions
      .filter((session) => session.credentialVersion === user?.credentialVersion)
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .map(({ handle, createdAt, expiresAt, lastUsedAt, userAgent }) => ({
        id: handle,
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        userAgent,
        current: handle === current,
      }))
    return { items }
  },
})
