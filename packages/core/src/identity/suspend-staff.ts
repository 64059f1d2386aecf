import { schema } from '@pramaan/db'
import { SuspendStaffInput } from '@pramaan/shared'
import { eq, inArray } from 'drizzle-orm'
import { userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { forgetSessions, outdateCredentials } from './outdate-credentials.ts'
import { requireStepUp } from './require-step-up.ts'

const { users } = schema

/**
 * Takes somebody of ours out: every session and token of theirs ends at once, everywhere. An invitation brings them back.
 * Nobody suspends themselves, so an administrator is always left.
 *
 * @throws AppError `step_up_required`, `not_found`, `invalid_state`
 */
export const suspendStaff = steps({
  name: 'staff.suspend',
  input: SuspendStaffInput,
  async run(ctx, input) {
    requireStepUp(ctx)
    const done = await recordSuspension(ctx, input)
    await forgetSessions(ctx, input.id)
    return done
  },
})

const recordSuspension = command({
  name: 'staff.suspend',
  input: SuspendStaffInput,
  async run(ctx, { id, reason }) {
    const me = userIdOf(ctx)
    if (id === me) throw new AppError('invalid_state', 'You cannot suspend yourself. Ask another administrator.')
    // Both rows are locked: of two who suspend each other at the same moment, one is suspended and the other stays.
    const both = await ctx.tx
      .select({ id: users.id, role: users.role, status: users.status })
      .from(users)
      .where(inArray(users.id, [id, me]))
      .orderBy(users.id)
      .for('update')
    const [mine, theirs] = [me, id].map((one) => both.find((user) => user.id === one))
    if (mine?.status !== 'active' || mine.role !== 'admin') throw notFound('member of staff')
    if (!theirs || theirs.role === 'advisor') throw notFound('member of staff')
    if (theirs.status === 'suspended') throw new AppError('invalid_state', 'They are suspended already.')
    await outdateCredentials(ctx.tx, id, ctx.now())
    await ctx.tx.update(users).set({ status: 'suspended' }).where(eq(users.id, id))
    return {
      output: { done: true as const },
      audit: {
        action: 'staff.suspended',
        objectType: 'user',
        objectId: id,
        from: theirs.status,
        to: 'suspended',
        reason,
        detail: { role: theirs.role },
      },
    }
  },
})
