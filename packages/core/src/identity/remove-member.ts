import { schema } from '@pramaan/db'
import { Id } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { forgetSessions, outdateCredentials } from './outdate-credentials.ts'
import { requireOtherOwner } from './require-other-owner.ts'

const { members, users } = schema

const RemoveMemberInput = z.strictObject({ userId: Id })

/**
 * Removes somebody from the firm and ends their sessions. The last owner stays, or nobody could act for the firm.
 *
 * @throws AppError `not_found`, `invalid_state`
 */
export const removeMember = steps({
  name: 'member.remove',
  input: RemoveMemberInput,
  async run(ctx, input) {
    const done = await deleteMember(ctx, input)
    await forgetSessions(ctx, input.userId)
    return done
  },
})

const deleteMember = command({
  name: 'member.remove',
  input: RemoveMemberInput,
  async run(ctx, { userId }) {
    const advisorId = advisorIdOf(ctx)
    await requireOtherOwner(ctx.tx, advisorId, userId)
    const [removed] = await ctx.tx
      .delete(members)
      .where(and(eq(members.advisorId, advisorId), eq(members.userId, userId)))
      .returning({ role: members.role })
    if (!removed) throw notFound('member')
    await outdateCredentials(ctx.tx, userId, ctx.now())
    await ctx.tx.update(users).set({ status: 'suspended' }).where(eq(users.id, userId))
    return {
      output: { done: true as const },
      audit: { action: 'member.removed', objectType: 'user', objectId: userId, from: removed.role },
    }
  },
})
