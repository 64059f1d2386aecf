import { schema } from '@pramaan/db'
import { PageInput } from '@pramaan/shared'
import { and, desc, lt, ne } from 'drizzle-orm'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { openPerson } from './person.ts'
import { staffView } from './staff-view.ts'

const { users } = schema

const LIST = 'admin.staff'

/** Reviewers, administrators and inspectors, newest first. @throws AppError `invalid_cursor` */
export const listStaff = query({
  name: 'staff.list',
  input: PageInput,
  async run(ctx, { limit, cursor }) {
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, LIST, cursor)
    const rows = await ctx.db.read
      .select({
        userId: users.id,
        email: users.email,
        fullName: users.fullName,
        role: users.role,
        status: users.status,
        createdAt: users.createdAt,
        lastSignInAt: users.lastSignInAt,
      })
      .from(users)
      .where(and(ne(users.role, 'advisor'), lt(users.id, before)))
      .orderBy(desc(users.id))
      .limit(limit + 1)
    const people = await Promise.all(
      rows.map(async (row) => ({ ...row, ...(await openPerson(ctx.keys, ctx.db.read, row)) })),
    )
    return toPage(ctx.keys, LIST, people, { limit, keyOf: (row) => row.userId, view: staffView })
  },
})
