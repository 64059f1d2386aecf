import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import { asSystem, type Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { describeError } from '../platform/log.ts'
import { command } from '../platform/use-case.ts'
import { openToken } from './connection-secrets.ts'
import { resumeHeld } from './hold-campaigns.ts'
import { findConnection } from './queries.ts'
import type { ConnectionRow } from './views.ts'

const record = command({
  name: 'whatsapp.record_template',
  input: z.strictObject({ advisorId: z.uuid(), connectionId: z.uuid(), status: z.string() }),
  async run(ctx, { advisorId, connectionId, status }) {
    const { whatsappConnections } = schema
    await ctx.tx
      .update(whatsappConnections)
      .set({ templateStatus: status, updatedAt: ctx.now() })
      .where(and(eq(whatsappConnections.advisorId, advisorId), eq(whatsappConnections.id, connectionId)))
    const resumed = status === 'APPROVED' ? await resumeHeld(ctx, advisorId) : { audit: [], jobs: [] }
    const audit = {
      action: 'whatsapp.template_status_changed',
      objectType: 'whatsapp_connection',
      objectId: connectionId,
      advisorId,
      to: status,
    }
    return { output: null, audit: [audit, ...resumed.audit], jobs: resumed.jobs }
  },
})

/**
 * Where the product's template stands at WhatsApp; null when it is not there. `CHANGED` when somebody gave it other words
 * in WhatsApp Manager: people would read what no proof covers.
 *
 * @throws UpstreamError
 */
export async function productTemplateStatus(ctx: Ctx, token: string, wabaId: string): Promise<string | null> {
  const { name, language, body } = WHATSAPP_TEMPLATE
  const listed = await ctx.clients.whatsapp.listTemplates(token, wabaId, name)
  const found = listed.find((one) => one.name === name && one.language === language)
  if (!found) return null
  return found.plainBody === body ? found.status : 'CHANGED'
}

/**
 * The advisor's connection, after asking WhatsApp about a template that is not approved as far as we know. When
 * WhatsApp does not answer, what we know stands.
 */
export async function refreshTemplate(ctx: Ctx, advisorId: string): Promise<ConnectionRow | null> {
  const connection = await findConnection(ctx.db.forAdvisor(advisorId).read, advisorId)
  if (connection?.state !== 'connected' || connection.templateStatus === 'APPROVED') return connection
  try {
    const token = await openToken(ctx.keys, ctx.db.read, connection)
    const status = (await productTemplateStatus(ctx, token, connection.wabaId)) ?? 'DELETED'
    if (status === connection.templateStatus) return connection
    // What WhatsApp decided is no deed of whoever happened to ask.
    await record(asSystem(ctx, 'whatsapp'), { advisorId, connectionId: connection.id, status })
    return await findConnection(ctx.db.forAdvisor(advisorId).read, advisorId)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    ctx.log.warn({ advisorId, ...describeError(error) }, 'the template could not be asked about')
    return connection
  }
}
