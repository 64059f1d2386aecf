import { schema } from '@pramaan/db'
import { SetQuietHoursInput } from '@pramaan/shared'
import { and, eq, ne } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { minuteOf } from './rules/quiet-hours.ts'
import { connectionView } from './views.ts'

/** Between these times, in India, nothing is sent through the number; null ends that. @throws AppError `not_found` */
export const setQuietHours = command({
  name: 'whatsapp.set_quiet_hours',
  input: SetQuietHoursInput,
  async run(ctx, { quietHours }) {
    const advisorId = advisorIdOf(ctx)
    const { whatsappConnections } = schema
    const [row] = await ctx.tx
      .update(whatsappConnections)
      .set({
        quietFrom: quietHours && minuteOf(quietHours.from),
        quietUntil: quietHours && minuteOf(quietHours.until),
      })
      .where(and(eq(whatsappConnections.advisorId, advisorId), ne(whatsappConnections.state, 'revoked')))
      .returning()
    if (!row) throw notFound('WhatsApp connection')
    return {
      output: connectionView(row, ctx.now()),
      audit: {
        action: 'whatsapp.quiet_hours_set',
        objectType: 'whatsapp_connection',
        objectId: row.id,
        detail: { quietHours },
      },
    }
  },
})
