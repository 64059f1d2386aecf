import { schema } from '@pramaan/db'
import { asc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { openPerson } from './person.ts'

const { members, users } = schema

/** The people of the firm, in the order in which they joined. */
export const listMembers = query({
  name: 'member.list',
  input: z.strictObject({}),
  async run(ctx) {
    const rows = await ctx.db.read
      .select({
        userId: members.userId,
        email: users.email,
        fullName: users.fullName,
        role: members.role,
        joinedAt: members.createdAt,
      })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(eq(members.advisorId, advisorIdOf(ctx)))
      .orderBy(asc(members.createdAt), asc(members.userId))
    const items = await Promise.all(
      rows.map(async ({ userId, role, joinedAt, ...sealed }) => ({
        userId,
        ...(await openPerson(ctx.keys, ctx.db.read, { userId, ...sealed })),
        role,
        joinedAt: joinedAt.toISOString(),
      })),
    )
    return { items }
  },
})
