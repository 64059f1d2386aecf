import { schema } from '@pramaan/db'
import { InvitationIdInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { isPending } from './invitation.ts'

const { invitations } = schema

/** Takes an invitation back; its link is dead at once. @throws AppError `not_found`, also for one that was accepted */
export const cancelInvitation = command({
  name: 'invitation.cancel',
  input: InvitationIdInput,
  async run(ctx, { id }) {
    const [cancelled] = await ctx.tx
      .update(invitations)
      .set({ cancelledAt: ctx.now() })
      .where(and(eq(invitations.advisorId, advisorIdOf(ctx)), eq(invitations.id, id), isPending))
      .returning({ id: invitations.id })
    if (!cancelled) throw notFound('invitation')
    return {
      output: { done: true as const },
      audit: { action: 'invitation.cancelled', objectType: 'invitation', objectId: id },
    }
  },
})
