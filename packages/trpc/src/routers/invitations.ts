import { cancelInvitation, inviteMember, listInvitations, resendInvitation } from '@pramaan/core/identity'
import { DoneView, InvitationView } from '@pramaan/shared'
import { z } from 'zod'
import { Nothing, procedure, router } from '../trpc.ts'

const tags = ['Advisor']

export const invitationsRouter = router({
  send: procedure
    .meta({
      rest: { method: 'POST', path: '/advisor/members', status: 201, summary: 'Invite somebody into your firm', tags },
    })
    .input(inviteMember.input)
    .output(InvitationView)
    .mutation(({ ctx, input }) => inviteMember(ctx.core, input)),

  list: procedure
    .meta({
      rest: { method: 'GET', path: '/advisor/invitations', summary: 'Invitations without an answer', tags },
    })
    .input(Nothing)
    .output(z.object({ items: z.array(InvitationView) }))
    .query(({ ctx, input }) => listInvitations(ctx.core, input)),

  resend: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/advisor/invitations/{id}/resend',
        summary: 'Send an invitation again, with a new link',
        tags,
      },
    })
    .input(resendInvitation.input)
    .output(InvitationView)
    .mutation(({ ctx, input }) => resendInvitation(ctx.core, input)),

  cancel: procedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/advisor/invitations/{id}',
        summary: 'Take an invitation back',
        tags,
      },
    })
    .input(cancelInvitation.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => cancelInvitation(ctx.core, input)),
})
