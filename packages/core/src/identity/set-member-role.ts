import { schema } from '@pramaan/db'
import { SetMemberRoleInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { forgetSessions, outdateCredentials } from './outdate-credentials.ts'
import { requireOtherOwner } from './require-other-owner.ts'

const { members } = schema

/**
 * Makes somebody of the firm an owner, or no longer one. They sign in again: a session never outlives the rights that it
 * began with. The last owner stays an owner.
 *
 * @throws AppError `not_found`, `invalid_state`
 */
export const setMemberRole = steps({
  name: 'member.set_role',
  input: SetMemberRoleInput,
  async run(ctx, input) {
    const { view, changed } = await recordRole(ctx, input)
    if (changed) await forgetSessions(ctx, input.userId)
    return view
  },
})

const recordRole = command({
  name: 'member.set_role',
  input: SetMemberRoleInput,
  async run(ctx, { userId, role }) {
    const advisorId = advisorIdOf(ctx)
    if (role === 'member') await requireOtherOwner(ctx.tx, advisorId, userId)
    const which = and(eq(members.advisorId, advisorId), eq(members.userId, userId))
    const [before] = await ctx.tx.select({ role: members.role }).from(members).where(which).for('update')
    if (!before) throw notFound('member')
    const view = { userId, role }
    if (before.role === role) return { output: { view, changed: false }, unchanged: true }
    await ctx.tx.update(members).set({ role }).where(which)
    await outdateCredentials(ctx.tx, userId, ctx.now())
    return {
      output: { view, changed: true },
      audit: { action: 'member.role_changed', objectType: 'user', objectId: userId, from: before.role, to: role },
    }
  },
})
