import { schema } from '@pramaan/db'
import { InvitationIdInput } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { limitMails } from './address.ts'
import { freshToken, invitationPlace, invitationView, isPending, limitInvitations } from './invitation.ts'
import { invitationJob } from './notice-jobs.ts'

const { invitations } = schema

/**
 * Sends an invitation again, with a new link and seven new days; the old link is dead.
 *
 * @throws AppError `not_found`, also for one that was accepted or withdrawn; `rate_limited`
 */
export const resendInvitation = steps({
  name: 'invitation.resend',
  input: InvitationIdInput,
  async run(ctx, input) {
    const [row] = await ctx.db.read
      .select({ emailHash: invitations.emailHash })
      .from(invitations)
      .where(and(eq(invitations.advisorId, advisorIdOf(ctx)), eq(invitations.id, input.id)))
    if (!row) throw notFound('invitation')
    await limitMails(ctx, row.emailHash)
    await limitInvitations(ctx, row.emailHash)
    return recordResend(ctx, input)
  },
})

const recordResend = command({
  name: 'invitation.resend',
  input: InvitationIdInput,
  async run(ctx, { id }) {
    const advisorId = advisorIdOf(ctx)
    const { mailId, ...fresh } = freshToken(ctx)
    const [row] = await ctx.tx
      .update(invitations)
      .set({ ...fresh, sends: sql`${invitations.sends} + 1` })
      .where(and(eq(invitations.advisorId, advisorId), eq(invitations.id, id), isPending))
      .returning()
    if (!row) throw notFound('invitation')
    const email = await ctx.keys.open(ctx.tx, advisorId, invitationPlace(id), row.email)
    return {
      output: invitationView(row, email, ctx.now()),
      audit: { action: 'invitation.resent', objectType: 'invitation', objectId: id },
      jobs: [invitationJob.with({ kind: 'invitation', advisorId, invitationId: id, mailId })],
    }
  },
})
