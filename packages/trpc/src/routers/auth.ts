import {
  acceptInvitation,
  endSession,
  getNotifications,
  listSessions,
  refreshTokens,
  registerAdvisor,
  resendVerification,
  setNotifications,
  signIn,
  signOut,
  signOutEverywhere,
  verifyEmail,
} from '@pramaan/core/identity'
import {
  AcceptedView,
  DoneView,
  LoginInput,
  MailSentView,
  NotificationChoices,
  RegisterView,
  SessionView,
  SignInView,
  TokensView,
  VerifyEmailView,
} from '@pramaan/shared'
import { z } from 'zod'
import { Nothing, procedure, publicProcedure, router } from '../trpc.ts'
import { credentialProcedures } from './credentials.ts'

const tags = ['Sign-up and sign-in']

export const authRouter = router({
  register: publicProcedure
    .meta({
      rest: { method: 'POST', path: '/auth/register', status: 201, summary: 'Open an account', tags },
    })
    .input(registerAdvisor.input)
    .output(RegisterView)
    .mutation(({ ctx, input }) => registerAdvisor(ctx.core, input)),

  verifyEmail: publicProcedure
    .meta({
      rest: { method: 'POST', path: '/auth/verify-email', summary: 'Confirm an email address', tags },
    })
    .input(verifyEmail.input)
    .output(VerifyEmailView)
    .mutation(({ ctx, input }) => verifyEmail(ctx.core, input)),

  resendVerification: publicProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/auth/verify-email/resend',
        summary: 'Send the confirmation again',
        tags,
      },
    })
    .input(resendVerification.input)
    .output(MailSentView)
    .mutation(({ ctx, input }) => resendVerification(ctx.core, input)),

  login: publicProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/auth/login',
        summary: 'Sign in; also sets the session cookie',
        tags,
      },
      idempotency: 'none',
    })
    .input(LoginInput)
    .output(SignInView)
    .mutation(async ({ ctx, input }) => {
      const { view, sessionSecret } = await signIn(ctx.core, { ...input, userAgent: ctx.userAgent })
      ctx.visit.reply.session = { secret: sessionSecret }
      return view
    }),

  refresh: publicProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/auth/refresh',
        summary: 'Change a refresh token for a new pair',
        tags,
      },
      idempotency: 'none',
    })
    .input(refreshTokens.input)
    .output(TokensView)
    .mutation(({ ctx, input }) => refreshTokens(ctx.core, input)),

  logout: procedure
    .meta({
      rest: { method: 'POST', path: '/auth/logout', summary: 'End this session', tags },
      idempotency: 'none',
      beforeTotp: true,
    })
    .input(Nothing)
    .output(DoneView)
    .mutation(async ({ ctx, input }) => {
      const done = await signOut(ctx.core, input)
      ctx.visit.reply.session = 'ended'
      return done
    }),

  logoutAll: procedure
    .meta({
      rest: { method: 'POST', path: '/auth/logout-all', summary: 'End all sessions', tags },
      idempotency: 'none',
      beforeTotp: true,
    })
    .input(Nothing)
    .output(DoneView)
    .mutation(async ({ ctx, input }) => {
      const done = await signOutEverywhere(ctx.core, input)
      ctx.visit.reply.session = 'ended'
      return done
    }),

  sessions: procedure
    .meta({ rest: { method: 'GET', path: '/auth/sessions', summary: 'Where you are signed in', tags } })
    .input(Nothing)
    .output(z.object({ items: z.array(SessionView) }))
    .query(({ ctx, input }) => listSessions(ctx.core, input)),

  endSession: procedure
    .meta({ rest: { method: 'DELETE', path: '/auth/sessions/{id}', summary: 'End one session', tags } })
    .input(endSession.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => endSession(ctx.core, input)),

  acceptInvitation: publicProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/auth/invitations/accept',
        status: 201,
        summary: 'Join the firm that a mail invited to',
        tags,
      },
    })
    .input(acceptInvitation.input)
    .output(AcceptedView)
    .mutation(({ ctx, input }) => acceptInvitation(ctx.core, input)),

  notifications: procedure
    .meta({ rest: { method: 'GET', path: '/auth/notifications', summary: 'Which mails you want', tags } })
    .input(Nothing)
    .output(NotificationChoices)
    .query(({ ctx, input }) => getNotifications(ctx.core, input)),

  setNotifications: procedure
    .meta({ rest: { method: 'PUT', path: '/auth/notifications', summary: 'Choose which mails you want', tags } })
    .input(setNotifications.input)
    .output(NotificationChoices)
    .mutation(({ ctx, input }) => setNotifications(ctx.core, input)),
  ...credentialProcedures,
})
