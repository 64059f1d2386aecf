import { z } from 'zod'
import { advisorIdOf, type CommandCtx, type Ctx } from '../platform/context.ts'
import { AppError, notFound, UpstreamError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { settleCampaigns, templateEntry } from './apply-own-template.ts'
import { openToken } from './connection-secrets.ts'
import { findConnection } from './queries.ts'
import { templateRefusal } from './rules/own-template.ts'
import { changeTemplate, lockTemplate } from './template-queries.ts'
import { templateView } from './template-view.ts'
import type { ConnectionRow } from './views.ts'

/** The connected number through which templates are managed. @throws AppError `not_found` */
export async function requireConnection(ctx: CommandCtx): Promise<ConnectionRow> {
  const connection = await findConnection(ctx.tx, advisorIdOf(ctx))
  if (connection?.state !== 'connected') throw notFound('connected WhatsApp number')
  return connection
}

/** The token of the firm's number, for a call outside of any transaction. @throws AppError `not_found` */
export async function accountAccess(ctx: Ctx): Promise<{ token: string; wabaId: string }> {
  const connection = await findConnection(ctx.db.read, advisorIdOf(ctx))
  if (connection?.state !== 'connected') throw notFound('connected WhatsApp number')
  return { token: await openToken(ctx.keys, ctx.db.read, connection), wabaId: connection.wabaId }
}

const Change = z.strictObject({
  providerId: z.string().optional(),
  status: z.string().optional(),
  category: z.string().optional(),
  body: z.string().nullable().optional(),
  unfit: z.string().nullable().optional(),
  editedAt: z.array(z.date()).optional(),
  deletedAt: z.date().optional(),
  nameFreeAt: z.date().nullable().optional(),
})
export type TemplateChange = z.input<typeof Change>

/** Records what came of a call about a template. */
export const recordTemplate = command({
  name: 'whatsapp_template.record',
  input: z.strictObject({ id: z.uuid(), action: z.string(), reason: z.string().optional(), change: Change }),
  async run(ctx, { id, action, reason, change }) {
    const before = await lockTemplate(ctx.tx, advisorIdOf(ctx), id)
    if (!before) throw notFound('template')
    const [row] = await changeTemplate(ctx.tx, before, { ...change, updatedAt: ctx.now() })
    if (!row) throw new Error('a locked row has vanished')
    const entry = templateEntry(row, { action, from: before.status, to: row.status, ...(reason && { reason }) })
    const settled = await settleCampaigns(ctx, row, row.body === null ? 'UNKNOWN' : row.status)
    return { output: templateView(row, ctx.now()), audit: [entry, ...settled.audit], jobs: settled.jobs }
  },
})

/**
 * Asks WhatsApp to do something to a template. What it refuses is undone here by `undo` and told in plain words; where no
 * answer came the template keeps standing as unknown, until the list is read again.
 *
 * @throws AppError `invalid_state`; UpstreamError
 */
export async function askTemplate<Answer>(
  ctx: Ctx,
  { id, undo }: { id: string; undo: TemplateChange },
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.outcomeUnknown) throw error
    const reason = error.retryable
      ? 'WhatsApp is busy. Try again in a few minutes.'
      : templateRefusal(error.vendorSubcode)
    await recordTemplate(ctx, { id, action: 'whatsapp_template.refused', reason, change: undo })
    throw new AppError('invalid_state', reason, { cause: error })
  }
}
