import type { schema } from '@pramaan/db'
import type { EndpointView } from '@pramaan/shared'
import type { z } from 'zod'

export type EndpointRow = typeof schema.webhookEndpoints.$inferSelect

export const endpointView = (row: EndpointRow): z.output<typeof EndpointView> => ({
  id: row.id,
  url: row.url,
  events: row.events,
  state: row.state,
  failingSince: row.failingSince?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
})

export const secretOf = (rowId: string) => ({ table: 'webhook_endpoints', column: 'secret', rowId })
