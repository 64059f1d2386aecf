import { schema } from '@pramaan/db'
import { asc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { endpointView } from './endpoint-view.ts'

/** Where the firm has events sent to; never the secrets. */
export const listEndpoints = query({
  name: 'webhook_endpoint.list',
  input: z.strictObject({}),
  async run(ctx) {
    const { webhookEndpoints } = schema
    const rows = await ctx.db.read
      .select()
      .from(webhookEndpoints)
      .where(eq(webhookEndpoints.advisorId, advisorIdOf(ctx)))
      .orderBy(asc(webhookEndpoints.id))
    return { items: rows.map(endpointView) }
  },
})
