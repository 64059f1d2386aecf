import {
  changePassword,
  confirmEmailChange,
  confirmTotp,
  disableTotp,
  enrollTotp,
  requestEmailChange,
  requestPasswordReset,
  resetPassword,
  stepUp,
} from '@pramaan/core/identity'
import {
  DoneView,
  MailRequestedView,
  RenewedView,
  TokensView,
  TotpConfirmedView,
  TotpEnrolmentView,
} from '@pramaan/shared'
import type { Context } from '../context.ts'
import { Nothing, procedure, publicProcedure } from '../trpc.ts'

const tags = ['Credentials']

/** The new secret of a session goes into the cookie; the rest is the answer. */
function renewed<Answer extends { sessionSecret: string }>(ctx: Context, { sessionSecret, ...answer }: Answer) {
  ctx.visit.reply.session = { secret: sessionSecret }
  return answer
}

/** Passwords, second factor and address of the person who calls; part of `auth`. */
export const credentialProcedures = {
  forgotPassword: publicProcedure
    .meta({
      rest: { method: 'POST', path: '/auth/password/forgot', summary: 'Ask for a link to set a new password', tags },
    })
    .input(requestPasswordReset.input)
    .output(MailRequestedView)
    .mutation(({ ctx, input }) => requestPasswordReset(ctx.core, input)),

  resetPassword: publicProcedure
    .meta({
      rest: { method: 'POST', path: '/auth/password/reset', summary: 'Set a new password by that link', tags },
      idempotency: 'none',
    })
    .input(resetPassword.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => resetPassword(ctx.core, input)),

  changePassword: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/auth/password/change',
        summary: 'Change your password; all sessions end, and this one goes on with the tokens of the answer',
        tags,
      },
      idempotency: 'none',
    })
    .input(changePassword.input)
    .output(TokensView)
    .mutation(async ({ ctx, input }) => renewed(ctx, await changePassword(ctx.core, input))),

  stepUp: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/auth/step-up',
        summary: 'Prove once more who you are, by password or code; good for ten minutes',
        tags,
      },
      idempotency: 'none',
      beforeTotp: true,
    })
    .input(stepUp.input)
    .output(RenewedView)
    .mutation(async ({ ctx, input }) => renewed(ctx, await stepUp(ctx.core, input))),

  enrollTotp: procedure
    .meta({
      rest: { method: 'POST', path: '/auth/totp/enroll', summary: 'Begin to set up an authenticator', tags },
      idempotency: 'none',
      beforeTotp: true,
    })
    .input(Nothing)
    .output(TotpEnrolmentView)
    .mutation(({ ctx, input }) => enrollTotp(ctx.core, input)),

  confirmTotp: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/auth/totp/confirm',
        summary: 'Turn the second factor on; the recovery codes are shown this once',
        tags,
      },
      idempotency: 'none',
      beforeTotp: true,
    })
    .input(confirmTotp.input)
    .output(TotpConfirmedView)
    .mutation(async ({ ctx, input }) => renewed(ctx, await confirmTotp(ctx.core, input))),

  disableTotp: procedure
    .meta({
      rest: { method: 'POST', path: '/auth/totp/disable', summary: 'Turn the second factor off', tags },
      idempotency: 'none',
    })
    .input(disableTotp.input)
    .output(RenewedView)
    .mutation(async ({ ctx, input }) => renewed(ctx, await disableTotp(ctx.core, input))),

  changeEmail: procedure
    .meta({
      rest: { method: 'POST', path: '/auth/email/change', summary: 'Ask to sign in with another address', tags },
    })
    .input(requestEmailChange.input)
    .output(MailRequestedView)
    .mutation(({ ctx, input }) => requestEmailChange(ctx.core, input)),

  confirmEmail: publicProcedure
    .meta({
      rest: { method: 'POST', path: '/auth/email/confirm', summary: 'Confirm the new address by its link', tags },
      idempotency: 'none',
    })
    .input(confirmEmailChange.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => confirmEmailChange(ctx.core, input)),
}
