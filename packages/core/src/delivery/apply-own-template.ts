import { schema } from '@pramaan/db'
import { and, eq, isNull } from 'drizzle-orm'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { holdSending, resumeHeld } from './hold-campaigns.ts'
import { categoryReason, HOLD_REASONS } from './rules/may-send.ts'
import { framed, NAME_BLOCK_MS } from './rules/own-template.ts'
import { templateStatusAfter } from './rules/template-status.ts'
import type { WhatsappChange } from './rules/webhook-event.ts'
import { FRAME } from './template-message.ts'
import { changeTemplate, type TemplateRow } from './template-queries.ts'
import type { ConnectionRow } from './views.ts'

type Change<Kind extends WhatsappChange['kind']> = Extract<WhatsappChange, { kind: Kind }>

/** The firm's template that an event is about, locked; null where the firm has none of that name and language. */
async function templateOf(
  ctx: CommandCtx,
  { advisorId, wabaId }: ConnectionRow,
  { name, language }: { name: string; language: string },
): Promise<TemplateRow | null> {
  const { whatsappTemplates: own } = schema
  const isIt = and(eq(own.wabaId, wabaId), eq(own.name, name), eq(own.language, language), isNull(own.deletedAt))
  const rows = await ctx.tx
    .select()
    .from(own)
    .where(and(eq(own.advisorId, advisorId), isIt))
    .for('update')
  return rows[0] ?? null
}

/** An audit entry about a template. */
export const templateEntry = (
  { advisorId, id }: Pick<TemplateRow, 'advisorId' | 'id'>,
  entry: Omit<AuditEntry, 'objectType' | 'objectId' | 'advisorId'>,
): AuditEntry => ({ ...entry, objectType: 'whatsapp_template', objectId: id, advisorId })

/** Where a template of the firm's own stands now: what it carries is held, or goes on. */
export async function applyOwnStatus(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Change<'template'>,
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const status = templateStatusAfter(change.event)
  const template = status === null ? null : await templateOf(ctx, connection, change)
  if (!template || status === null) return { audit: [], jobs: [] }
  // Of two events of the same second the one that forbids sending counts, whatever order they came in.
  const { statusAt } = template
  const isOlder = statusAt !== null && (status === 'APPROVED' ? statusAt >= change.at : statusAt > change.at)
  if (isOlder) return { audit: [], jobs: [] }
  const gone = status === 'DELETED' ? goneNow(template, ctx.now()) : {}
  await changeTemplate(ctx.tx, template, {
    status,
    statusAt: change.at,
    rejectedReason: status === 'REJECTED' ? change.reason : null,
    updatedAt: ctx.now(),
    ...gone,
  })
  const entry = templateEntry(template, {
    action: 'whatsapp_template.status_changed',
    from: template.status,
    to: status,
    ...(change.reason === null ? {} : { reason: change.reason }),
  })
  const settled = await settleCampaigns(ctx, template, status)
  return { audit: [entry, ...settled.audit], jobs: settled.jobs }
}

/** Holds what a template carries while it is not approved, and lets it go on when it is. */
export async function settleCampaigns(
  ctx: CommandCtx,
  { advisorId, id: templateId }: Pick<TemplateRow, 'advisorId' | 'id'>,
  status: string,
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  if (status === 'APPROVED') return resumeHeld(ctx, advisorId, [HOLD_REASONS.template])
  return { audit: await holdSending(ctx, advisorId, HOLD_REASONS.template, { templateId }), jobs: [] }
}

/** What becomes of the row of a template that is gone at WhatsApp. */
export const goneNow = ({ status }: Pick<TemplateRow, 'status'>, now: Date): Partial<TemplateRow> => ({
  status: 'DELETED',
  deletedAt: now,
  nameFreeAt: ['APPROVED', 'PAUSED'].includes(status) ? new Date(now.getTime() + NAME_BLOCK_MS) : null,
})

/** A template that is charged as something else holds what it carries, with the difference. */
export async function applyOwnCategory(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Change<'category'>,
): Promise<AuditEntry[]> {
  const template = await templateOf(ctx, connection, change)
  if (!template) return []
  const { category, previousCategory, nextCategory } = change
  const { categoryAt } = template
  // Of an announcement and its fulfilment at the same second the latter counts.
  const isOlder = categoryAt !== null && (nextCategory === null ? categoryAt > change.at : categoryAt >= change.at)
  if (isOlder) return []
  await changeTemplate(ctx.tx, template, { category, nextCategory, categoryAt: change.at, updatedAt: ctx.now() })
  const before = previousCategory ?? template.category
  const entry = templateEntry(template, {
    action: nextCategory === null ? 'whatsapp_template.recategorised' : 'whatsapp_template.recategorising',
    from: before,
    to: nextCategory ?? category,
  })
  if (before === category) return [entry]
  const reason = categoryReason(before, category, ctx.now())
  return [entry, ...(await holdSending(ctx, template.advisorId, reason, { templateId: template.id }))]
}

export async function applyOwnQuality(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Change<'quality'>,
): Promise<AuditEntry[]> {
  const template = await templateOf(ctx, connection, change)
  if (!template || template.quality === change.quality) return []
  await changeTemplate(ctx.tx, template, { quality: change.quality, updatedAt: ctx.now() })
  const moved = { from: template.quality, to: change.quality }
  return [templateEntry(template, { action: 'whatsapp_template.quality_changed', ...moved })]
}

/** Other words than ours stand at WhatsApp: nothing goes out by the template until they were read. */
export async function applyOwnWords(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Change<'rewritten'>,
): Promise<AuditEntry[]> {
  const template = await templateOf(ctx, connection, change)
  // While an edit of ours is under way, and when it is done, the event tells of that one.
  if (!template || template.body === null || framed(FRAME, template.body) === change.body) return []
  await changeTemplate(ctx.tx, template, { body: null, unfit: REWRITTEN, updatedAt: ctx.now() })
  const held = await holdSending(ctx, template.advisorId, HOLD_REASONS.template, { templateId: template.id })
  return [templateEntry(template, { action: 'whatsapp_template.rewritten', reason: REWRITTEN }), ...held]
}

const REWRITTEN = 'Its words were changed in WhatsApp Manager. Have the list read again (sync).'
