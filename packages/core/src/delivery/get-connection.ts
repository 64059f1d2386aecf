import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { refreshTemplate } from './refresh-template.ts'
import { connectionView } from './views.ts'

/** The advisor's WhatsApp number; null when none was ever connected. A template under review is asked about anew. */
export const getConnection = query({
  name: 'whatsapp.get_connection',
  input: z.strictObject({}).prefault({}),
  async run(ctx) {
    const connection = await refreshTemplate(ctx, advisorIdOf(ctx))
    return connection && connectionView(connection)
  },
})
