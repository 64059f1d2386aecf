import { schema } from '@pramaan/db'
import { CorrectPersonInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { type Ctx, userIdOf } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { openPerson, sealPerson } from './person.ts'

const { advisors, members, users } = schema

/** Everything that this domain knows about a person, in clear, for that person. */
export async function readOwnPerson(ctx: Ctx, userId: string) {
  const [row] = await ctx.db.read
    .select({
      id: users.id,
      email: users.email,
      fullName: users.fullName,
      role: users.role,
      createdAt: users.createdAt,
      lastSignInAt: users.lastSignInAt,
      totpConfirmedAt: users.totpConfirmedAt,
      advisorId: members.advisorId,
      memberRole: members.role,
      displayName: advisors.displayName,
    })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .leftJoin(advisors, eq(advisors.id, members.advisorId))
    .where(eq(users.id, userId))
  if (!row) throw new Error('a user who acts has no row')
  const { advisorId, displayName, memberRole } = row
  const clear = await openPerson(ctx.keys, ctx.db.read, { userId, email: row.email, fullName: row.fullName })
  return {
    person: {
      id: row.id,
      ...clear,
      role: row.role,
      createdAt: row.createdAt.toISOString(),
      lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
      secondFactor: row.totpConfirmedAt !== null,
    },
    firm:
      advisorId === null || displayName === null || memberRole === null
        ? null
        : { id: advisorId, displayName, role: memberRole },
  }
}

/** Corrects the caller's name (DPDP Act 2023, section 12). An address is changed by proving the new one. */
export const correctPerson = command({
  name: 'person.correct',
  input: CorrectPersonInput,
  async run(ctx, { fullName }) {
    const userId = userIdOf(ctx)
    const key = await ctx.keys.dataKeyOf(ctx.tx, userId)
    const sealed = sealPerson(ctx.keys, key, userId, { email: '', fullName }).fullName
    await ctx.tx.update(users).set({ fullName: sealed }).where(eq(users.id, userId))
    return {
      output: { id: userId, fullName },
      audit: { action: 'person.corrected', objectType: 'user', objectId: userId, detail: { field: 'fullName' } },
    }
  },
})
