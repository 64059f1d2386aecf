import { connectWhatsapp, disconnectWhatsapp, getConnection, listReplies, setQuietHours } from '@pramaan/core/delivery'
import { ConnectionView, ReplyPage } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const whatsapp = ['WhatsApp']

export const whatsappRouter = router({
  connect: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/whatsapp/connect',
        summary: 'Connect a WhatsApp number',
        tags: whatsapp,
      },
    })
    .input(connectWhatsapp.input)
    .output(ConnectionView)
    .mutation(({ ctx, input }) => connectWhatsapp(ctx.core, input)),

  connection: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/whatsapp/connection',
        summary: 'The connected WhatsApp number',
        tags: whatsapp,
      },
    })
    .input(getConnection.input)
    .output(ConnectionView.nullable())
    .query(({ ctx, input }) => getConnection(ctx.core, input)),

  setQuietHours: procedure
    .meta({
      rest: {
        method: 'PUT',
        path: '/whatsapp/quiet-hours',
        summary: 'When nothing is sent, in Indian time',
        tags: whatsapp,
      },
    })
    .input(setQuietHours.input)
    .output(ConnectionView)
    .mutation(({ ctx, input }) => setQuietHours(ctx.core, input)),

  disconnect: procedure
    .meta({
      rest: { method: 'DELETE', path: '/whatsapp/connection', summary: 'Give up the connected number', tags: whatsapp },
    })
    .input(disconnectWhatsapp.input)
    .output(ConnectionView)
    .mutation(({ ctx, input }) => disconnectWhatsapp(ctx.core, input)),

  replies: procedure
    .meta({
      rest: { method: 'GET', path: '/whatsapp/replies', summary: 'What people wrote to your number', tags: whatsapp },
    })
    .input(listReplies.input)
    .output(ReplyPage)
    .query(({ ctx, input }) => listReplies(ctx.core, input)),
})
