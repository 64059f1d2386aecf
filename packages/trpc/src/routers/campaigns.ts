import {
  cancelCampaign,
  createCampaign,
  getCampaign,
  listDeliveries,
  listRecall,
  pauseCampaign,
  previewCampaign,
  resumeCampaign,
  shareContent,
} from '@pramaan/core/delivery'
import { CampaignView, DeliveryPage, PreviewView, RecallPage, ShareView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

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

  preview: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/campaign-previews',
        summary: 'Whom a campaign would reach, and what it would cost',
        tags: campaigns,
      },
    })
    .input(previewCampaign.input)
    .output(PreviewView)
    .query(({ ctx, input }) => previewCampaign(ctx.core, input)),

  pause: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/campaigns/{id}/pause',
        summary: 'Let nothing more out until it is resumed',
        tags: campaigns,
      },
    })
    .input(pauseCampaign.input)
    .output(CampaignView)
    .mutation(({ ctx, input }) => pauseCampaign(ctx.core, input)),

  resume: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/campaigns/{id}/resume',
        summary: 'Go on with a paused or held campaign',
        tags: campaigns,
      },
    })
    .input(resumeCampaign.input)
    .output(CampaignView)
    .mutation(({ ctx, input }) => resumeCampaign(ctx.core, input)),

  recall: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/campaigns/{id}/recall',
        summary: 'Who has the message, to reach them',
        tags: campaigns,
      },
    })
    .input(listRecall.input)
    .output(RecallPage)
    .query(({ ctx, input }) => listRecall(ctx.core, input)),

  share: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/content/{contentId}/share',
        status: 201,
        summary: 'An approved text to send by hand',
        tags: campaigns,
      },
    })
    .input(shareContent.input)
    .output(ShareView)
    .mutation(({ ctx, input }) => shareContent(ctx.core, input)),
})
