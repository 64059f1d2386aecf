import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { refreshHealth } from './refresh-health.ts'
import { refreshTemplate } from './refresh-template.ts'
import { connectionView } from './views.ts'

/**
 * The advisor's WhatsApp number; null when none was ever connected. Its health is asked about once an hour, a template
 * under review each time.
 */
export const getConnection = query({
  name: 'whatsapp.get_connection',
  input: z.strictObject({}).prefault({}),
  async run(ctx) {
    const advisorId = advisorIdOf(ctx)
    await refreshHealth(ctx, advisorId)
    const connection = await refreshTemplate(ctx, advisorId)
    return connection && connectionView(connection, ctx.now())
  },
})
