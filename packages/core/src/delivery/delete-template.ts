import { TemplateIdInput, type TemplateView } from '@pramaan/shared'
import type { z } from 'zod'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { keptAnswer } from '../platform/idempotency.ts'
import { command, steps } from '../platform/use-case.ts'
import { goneNow, templateEntry } from './apply-own-template.ts'
import { accountAccess, askTemplate, recordTemplate, requireConnection } from './ask-template.ts'
import { UNCONFIRMED } from './create-template.ts'
import { readRunningCampaigns } from './move-campaign.ts'
import { changeTemplate, lockTemplate, type TemplateRow } from './template-queries.ts'

type View = z.output<typeof TemplateView>

const begin = command({
  name: 'whatsapp_template.delete',
  input: TemplateIdInput,
  async run(ctx, { id }) {
    const advisorId = advisorIdOf(ctx)
    const row = await lockTemplate(ctx.tx, advisorId, id)
    if (!row) throw notFound('template')
    await requireConnection(ctx)
    if (row.status === 'DISABLED')
      throw new AppError('invalid_state', 'WhatsApp does not let disabled templates be deleted.')
    if (row.providerId === null) throw new AppError('invalid_state', UNCONFIRMED)
    const campaigns = await readRunningCampaigns(ctx.tx, advisorId)
    if (campaigns.some(({ templateId }) => templateId === id)) {
      throw new AppError('conflict', 'A campaign goes out by this template. Wait for its end, or cancel it.')
    }
    await changeTemplate(ctx.tx, row, { body: null, unfit: UNCONFIRMED, updatedAt: ctx.now() })
    return { output: row, audit: templateEntry(row, { action: 'whatsapp_template.deletion_begun' }) }
  },
})

/**
 * Deletes a template of the firm's own at WhatsApp, in its one language.
 *
 * @throws AppError `not_found`, `conflict` while a campaign needs it, `invalid_state`; UpstreamError when no answer came
 */
export const deleteTemplate = steps({
  name: 'whatsapp_template.delete',
  input: TemplateIdInput,
  async run(ctx, { id }): Promise<View> {
    const kept = await keptAnswer<View>(ctx)
    if (kept) return kept.output
    const inner: Ctx = { ...ctx, idempotency: undefined }
    const before: TemplateRow = await begin(inner, { id })
    const { token, wabaId } = await accountAccess(ctx)
    const undo = { body: before.body, unfit: before.unfit }
    const template = { id: before.providerId ?? '', name: before.name }
    await askTemplate(inner, { id, undo }, () => ctx.clients.whatsapp.deleteTemplate(token, wabaId, template))
    const { deletedAt, nameFreeAt } = goneNow(before, ctx.now())
    const change = { status: 'DELETED', deletedAt: deletedAt ?? ctx.now(), nameFreeAt: nameFreeAt ?? null }
    return recordTemplate(ctx, { id, action: 'whatsapp_template.deleted', change })
  },
})
