import { schema } from '@pramaan/db'
import { EndpointIdInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { endpointView } from './endpoint-view.ts'

/** Sends nothing more to an endpoint, and forgets its secret and what waited for it. @throws AppError `not_found` */
export const removeEndpoint = command({
  name: 'webhook_endpoint.remove',
  input: EndpointIdInput,
  async run(ctx, { id }) {
    const advisorId = advisorIdOf(ctx)
    const { outgoingMessages, webhookEndpoints } = schema
    const [row] = await ctx.tx
      .delete(webhookEndpoints)
      .where(and(eq(webhookEndpoints.advisorId, advisorId), eq(webhookEndpoints.id, id)))
      .returning()
    if (!row) throw notFound('webhook endpoint')
    await ctx.tx
      .delete(outgoingMessages)
      .where(and(eq(outgoingMessages.advisorId, advisorId), eq(outgoingMessages.endpointId, id)))
    return {
      output: endpointView(row),
      audit: { action: 'webhook_endpoint.removed', objectType: 'webhook_endpoint', objectId: id },
    }
  },
})
