import { schema } from '@pramaan/db'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import type { AuditEntry, Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { openToken } from './connection-secrets.ts'
import { readRunningCampaigns } from './move-campaign.ts'
import { findConnection } from './queries.ts'
import { stopCampaign } from './stop-campaign.ts'

const { outgoingMessages, webhookEndpoints, whatsappConnections } = schema

/**
 * Takes our app off a firm's WhatsApp account and revokes the token at Meta. A second run finds it done.
 *
 * @throws UpstreamError when Meta may do it later
 */
export async function revokeAtMeta(ctx: Ctx, advisorId: string): Promise<void> {
  const connection = await findConnection(ctx.db.read, advisorId)
  if (!connection) return
  const token = await openToken(ctx.keys, ctx.db.read, connection)
  if (token === '') return
  try {
    await ctx.clients.whatsapp.unsubscribeApp(token, connection.wabaId)
    await ctx.clients.whatsapp.revokeToken(token)
  } catch (error) {
    // A token that Meta refuses is as good as revoked.
    if (!(error instanceof UpstreamError) || error.retryable) throw error
  }
}

/**
 * Ends everything that a firm sends: running campaigns are cancelled, token and PIN are forgotten here, and
 * its other systems hear nothing more.
 */
export const giveUpNumber = command({
  name: 'whatsapp.give_up',
  input: z.strictObject({ advisorId: z.uuid() }),
  async run(ctx, { advisorId }) {
    const entries: AuditEntry[] = []
    for (const { id, state } of await readRunningCampaigns(ctx.tx, advisorId)) {
      const stopped = await stopCampaign(ctx, { advisorId, id, state })
      entries.push(...(stopped?.audit ?? []))
    }
    const revoked = await ctx.tx
      .update(whatsappConnections)
      .set({ state: 'revoked', accessToken: Buffer.alloc(0), pin: Buffer.alloc(0), updatedAt: ctx.now() })
      .where(and(eq(whatsappConnections.advisorId, advisorId), ne(whatsappConnections.state, 'revoked')))
      .returning({ id: whatsappConnections.id })
    entries.push(
      ...revoked.map(({ id }) => ({
        action: 'whatsapp.given_up',
        objectType: 'whatsapp_connection',
        objectId: id,
        advisorId,
        to: 'revoked',
      })),
    )
    const endpoints = await ctx.tx
      .delete(webhookEndpoints)
      .where(eq(webhookEndpoints.advisorId, advisorId))
      .returning({ id: webhookEndpoints.id })
    await ctx.tx.delete(outgoingMessages).where(eq(outgoingMessages.advisorId, advisorId))
    entries.push(
      ...endpoints.map(({ id }) => ({
        action: 'webhook_endpoint.removed',
        objectType: 'webhook_endpoint',
        objectId: id,
        advisorId,
      })),
    )
    const [first, ...rest] = entries
    return first ? { output: null, audit: [first, ...rest] } : { output: null, unchanged: true }
  },
})
