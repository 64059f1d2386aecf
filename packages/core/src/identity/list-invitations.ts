import { schema } from '@pramaan/db'
import { and, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { invitationPlace, invitationView, isPending } from './invitation.ts'

const { invitations } = schema

/** Who was asked to join and has not answered, newest first; those that ran out say so. */
export const listInvitations = query({
  name: 'invitation.list',
  input: z.strictObject({}),
  async run(ctx) {
    const advisorId = advisorIdOf(ctx)
    const rows = await ctx.db.read
      .select()
      .from(invitations)
      .where(and(eq(invitations.advisorId, advisorId), isPending))
      .orderBy(desc(invitations.id))
    const items = await Promise.all(
      rows.map(async (row) =>
        invitationView(row, await ctx.keys.open(ctx.db.read, advisorId, invitationPlace(row.id), row.email), ctx.now()),
      ),
    )
    return { items }
  },
})
