import { EditTemplateInput, type TemplateView } from '@pramaan/shared'
import type { z } from 'zod'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { keptAnswer } from '../platform/idempotency.ts'
import { command, steps } from '../platform/use-case.ts'
import { settleCampaigns, templateEntry } from './apply-own-template.ts'
import { accountAccess, askTemplate, recordTemplate, requireConnection } from './ask-template.ts'
import { framedExamples, refuseWords, UNCONFIRMED } from './create-template.ts'
import { editProblem, framed, recentEdits } from './rules/own-template.ts'
import { FRAME } from './template-message.ts'
import { changeTemplate, lockTemplate, type TemplateRow } from './template-queries.ts'

type View = z.output<typeof TemplateView>

/** From here on nothing goes out by the template: what it says at WhatsApp is not certain. */
const begin = command({
  name: 'whatsapp_template.edit',
  input: EditTemplateInput,
  async run(ctx, input) {
    const row = await lockTemplate(ctx.tx, advisorIdOf(ctx), input.id)
    if (!row) throw notFound('template')
    await requireConnection(ctx)
    refuseWords(input)
    const problem = editProblem(row, ctx.now()) ?? (row.body === null ? (row.unfit ?? UNCONFIRMED) : null)
    if (problem !== null || row.providerId === null) throw new AppError('invalid_state', problem ?? UNCONFIRMED)
    const edits = recentEdits(row.editedAt, ctx.now())
    const editedAt = row.status === 'APPROVED' ? [...edits, ctx.now()] : edits
    await changeTemplate(ctx.tx, row, { body: null, unfit: UNCONFIRMED, editedAt, updatedAt: ctx.now() })
    const held = await settleCampaigns(ctx, row, 'UNKNOWN')
    return { output: row, audit: [templateEntry(row, { action: 'whatsapp_template.edit_begun' }), ...held.audit] }
  },
})

/**
 * Gives a template other words; WhatsApp reviews them anew, and what it carries is held until they are approved.
 *
 * @throws AppError `not_found`, `invalid_input`, `invalid_state` for a limit of WhatsApp or its refusal; UpstreamError when
 *   no answer came: the template stays unknown until the list is read again
 */
export const editTemplate = steps({
  name: 'whatsapp_template.edit',
  input: EditTemplateInput,
  async run(ctx, input): Promise<View> {
    const kept = await keptAnswer<View>(ctx)
    if (kept) return kept.output
    const inner: Ctx = { ...ctx, idempotency: undefined }
    const before: TemplateRow = await begin(inner, input)
    const { token } = await accountAccess(ctx)
    const { id, body, examples } = input
    const undo = { body: before.body, unfit: null, editedAt: before.editedAt }
    const words = { body: framed(FRAME, body), examples: framedExamples(examples) }
    await askTemplate(inner, { id, undo }, () =>
      ctx.clients.whatsapp.editTemplate(token, before.providerId ?? '', words),
    )
    const change = { status: 'PENDING', body, unfit: null }
    return recordTemplate(ctx, { id, action: 'whatsapp_template.edited', change })
  },
})
