import { addEndpoint, listEndpoints, removeEndpoint, replayEvents } from '@pramaan/core/delivery'
import { EndpointList, EndpointView, NewEndpointView, ReplayedView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Outgoing webhooks']

export const webhookEndpointsRouter = router({
  add: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhook-endpoints',
        status: 201,
        summary: 'Have events sent to you, signed',
        tags,
      },
      idempotency: 'none',
    })
    .input(addEndpoint.input)
    .output(NewEndpointView)
    .mutation(({ ctx, input }) => addEndpoint(ctx.core, input)),

  list: procedure
    .meta({ rest: { method: 'GET', path: '/webhook-endpoints', summary: 'Where your events are sent', tags } })
    .input(listEndpoints.input)
    .output(EndpointList)
    .query(({ ctx, input }) => listEndpoints(ctx.core, input)),

  remove: procedure
    .meta({ rest: { method: 'DELETE', path: '/webhook-endpoints/{id}', summary: 'Send nothing more there', tags } })
    .input(removeEndpoint.input)
    .output(EndpointView)
    .mutation(({ ctx, input }) => removeEndpoint(ctx.core, input)),

  replay: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhook-endpoints/{id}/replay',
        summary: 'Send the events of a time again',
        tags,
      },
    })
    .input(replayEvents.input)
    .output(ReplayedView)
    .mutation(({ ctx, input }) => replayEvents(ctx.core, input)),
})
