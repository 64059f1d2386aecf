import { schema } from '@pramaan/db'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { sealPin, sealToken } from './connection-secrets.ts'
import { holdSending } from './hold-campaigns.ts'
import { HOLD_REASONS } from './rules/may-send.ts'
import { connectionView } from './views.ts'

/**
 * Gives up the connected number: its token and PIN are destroyed here, and everything that is being sent is held. In
 * WhatsApp the firm ends the access itself. @throws AppError `not_found`
 */
export const disconnectWhatsapp = command({
  name: 'whatsapp.disconnect',
  input: z.strictObject({}),
  async run(ctx) {
    const advisorId = advisorIdOf(ctx)
    const { whatsappConnections } = schema
    const live = and(eq(whatsappConnections.advisorId, advisorId), ne(whatsappConnections.state, 'revoked'))
    const [before] = await ctx.tx.select().from(whatsappConnections).where(live).for('update')
    if (!before) throw notFound('WhatsApp connection')
    const { id } = before
    const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
    const [row] = await ctx.tx
      .update(whatsappConnections)
      .set({
        state: 'revoked',
        accessToken: sealToken(ctx.keys, key, id, ''),
        pin: sealPin(ctx.keys, key, id, ''),
        updatedAt: ctx.now(),
      })
      .where(live)
      .returning()
    if (!row) throw new Error('a locked connection has vanished')
    const entry = {
      action: 'whatsapp.disconnected',
      objectType: 'whatsapp_connection',
      objectId: id,
      from: before.state,
      to: 'revoked',
    }
    const held = await holdSending(ctx, advisorId, HOLD_REASONS.connection)
    return { output: connectionView(row, ctx.now()), audit: [entry, ...held] }
  },
})
