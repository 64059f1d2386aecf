import {
  addRecipient,
  cancelCampaign,
  connectWhatsapp,
  createCampaign,
  getCampaign,
  getConnection,
  listDeliveries,
  listRecipients,
  optOutRecipient,
} from '@pramaan/core/delivery'
import { CampaignView, ConnectionView, DeliveryPage, RecipientPage, RecipientView } from '@pramaan/shared'
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
})

const recipients = ['Recipients']

export const recipientsRouter = router({
  add: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/recipients',
        status: 201,
        summary: 'Add a recipient with the consent given',
        tags: recipients,
      },
    })
    .input(addRecipient.input)
    .output(RecipientView)
    .mutation(({ ctx, input }) => addRecipient(ctx.core, input)),

  list: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/recipients',
        summary: 'Your recipients, newest first',
        tags: recipients,
      },
    })
    .input(listRecipients.input)
    .output(RecipientPage)
    .query(({ ctx, input }) => listRecipients(ctx.core, input)),

  optOut: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/recipients/{id}/opt-out',
        summary: 'Record that somebody opted out',
        tags: recipients,
      },
    })
    .input(optOutRecipient.input)
    .output(RecipientView)
    .mutation(({ ctx, input }) => optOutRecipient(ctx.core, input)),
})

const campaigns = ['Campaigns']

export const campaignsRouter = router({
  create: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/campaigns',
        status: 201,
        summary: 'Send an approved text to recipients',
        tags: campaigns,
      },
    })
    .input(createCampaign.input)
    .output(CampaignView)
    .mutation(({ ctx, input }) => createCampaign(ctx.core, input)),

  get: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/campaigns/{id}',
        summary: 'One campaign and how far it is',
        tags: campaigns,
      },
    })
    .input(getCampaign.input)
    .output(CampaignView)
    .query(({ ctx, input }) => getCampaign(ctx.core, input)),

  deliveries: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/campaigns/{id}/deliveries',
        summary: 'What became of each message',
        tags: campaigns,
      },
    })
    .input(listDeliveries.input)
    .output(DeliveryPage)
    .query(({ ctx, input }) => listDeliveries(ctx.core, input)),

  cancel: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/campaigns/{id}/cancel',
        summary: 'Send nothing more of a campaign',
        tags: campaigns,
      },
    })
    .input(cancelCampaign.input)
    .output(CampaignView)
    .mutation(({ ctx, input }) => cancelCampaign(ctx.core, input)),
})
