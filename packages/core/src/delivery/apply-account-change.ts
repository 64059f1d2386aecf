import { schema } from '@pramaan/db'
import { and, eq, isNull, lt, lte, or } from 'drizzle-orm'
import { peopleOfTier } from '../clients/whatsapp/index.ts'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { applyOwnCategory, applyOwnQuality, applyOwnStatus, applyOwnWords } from './apply-own-template.ts'
import { holdSending, resumeHeld } from './hold-campaigns.ts'
import { readConnectionsOfAccount } from './queries.ts'
import { categoryReason, HOLD_REASONS } from './rules/may-send.ts'
import { accountStop, templateStatusAfter } from './rules/template-status.ts'
import type { WhatsappChange } from './rules/webhook-event.ts'
import { stopConnection } from './stop-connection.ts'
import type { ConnectionRow } from './views.ts'

export type AccountChange = Extract<WhatsappChange, { wabaId: string }>

interface Applied {
  /** Whether anybody of ours has this account connected. */
  known: boolean
  audit: AuditEntry[]
  jobs: Job[]
}

/** Applies an event about a WhatsApp business account to the numbers that are connected through it. */
export async function applyAccountChange(ctx: CommandCtx, change: AccountChange): Promise<Applied> {
  const connections = await readConnectionsOfAccount(ctx.tx, change.wabaId)
  const applied: Applied = { known: connections.length > 0, audit: [], jobs: [] }
  for (const connection of connections) {
    const one = await applyTo(ctx, connection, change)
    applied.audit.push(...one.audit)
    applied.jobs.push(...one.jobs)
  }
  return applied
}

async function applyTo(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: AccountChange,
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  switch (change.kind) {
    case 'template':
      return isOurs(change) ? applyTemplate(ctx, connection, change) : applyOwnStatus(ctx, connection, change)
    case 'category':
      if (!isOurs(change)) return { audit: await applyOwnCategory(ctx, connection, change), jobs: [] }
      return { audit: await applyCategory(ctx, connection, change), jobs: [] }
    case 'quality':
      return { audit: isOurs(change) ? [] : await applyOwnQuality(ctx, connection, change), jobs: [] }
    case 'rewritten':
      if (!isOurs(change)) return { audit: await applyOwnWords(ctx, connection, change), jobs: [] }
      if (change.body === WHATSAPP_TEMPLATE.body) return { audit: [], jobs: [] }
      return applyTemplate(ctx, connection, { ...change, event: 'CHANGED' })
    case 'limits':
      return { audit: await applyLimits(ctx, connection, change), jobs: [] }
    case 'account':
      return applyAccount(ctx, connection, change)
  }
}

/** What goes out by the product's template. */
const PRODUCTS = { templateId: null }

const isOurs = ({ name, language }: { name: string; language: string }) =>
  name === WHATSAPP_TEMPLATE.name && language === WHATSAPP_TEMPLATE.language

/** A template that is charged as something else now holds what is being sent: somebody has to agree to the price. */
async function applyCategory(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Extract<AccountChange, { kind: 'category' }>,
): Promise<AuditEntry[]> {
  const { whatsappConnections } = schema
  const { advisorId, id } = connection
  // Of an announcement and its fulfilment at the same second the latter counts.
  const isNewer = change.nextCategory === null ? lte : lt
  const [row] = await ctx.tx
    .update(whatsappConnections)
    .set({
      templateCategory: change.category,
      templateNextCategory: change.nextCategory,
      templateCategoryAt: change.at,
      updatedAt: ctx.now(),
    })
    .where(
      and(
        eq(whatsappConnections.advisorId, advisorId),
        eq(whatsappConnections.id, id),
        or(isNull(whatsappConnections.templateCategoryAt), isNewer(whatsappConnections.templateCategoryAt, change.at)),
      ),
    )
    .returning({ id: whatsappConnections.id })
  if (!row) return []
  const { category, previousCategory, nextCategory } = change
  const from = previousCategory ?? connection.templateCategory ?? WHATSAPP_TEMPLATE.category
  const entry = {
    action: nextCategory === null ? 'whatsapp.template_recategorised' : 'whatsapp.template_recategorising',
    objectType: 'whatsapp_connection',
    objectId: id,
    advisorId,
    from,
    to: nextCategory ?? category,
  }
  if (previousCategory === null || previousCategory === category) return [entry]
  return [
    entry,
    ...(await holdSending(ctx, advisorId, categoryReason(previousCategory, category, ctx.now()), PRODUCTS)),
  ]
}

/** How many persons a day the number may reach. */
async function applyLimits(
  ctx: CommandCtx,
  connection: ConnectionRow,
  { limit }: Extract<AccountChange, { kind: 'limits' }>,
): Promise<AuditEntry[]> {
  const dailyPeople = typeof limit === 'string' ? peopleOfTier(limit) : limit < 0 ? null : limit
  if (dailyPeople === connection.dailyPeople) return []
  const { whatsappConnections } = schema
  const { advisorId, id } = connection
  await ctx.tx
    .update(whatsappConnections)
    .set({ dailyPeople, updatedAt: ctx.now() })
    .where(and(eq(whatsappConnections.advisorId, advisorId), eq(whatsappConnections.id, id)))
  return [
    {
      action: 'whatsapp.limit_changed',
      objectType: 'whatsapp_connection',
      objectId: id,
      advisorId,
      from: connection.dailyPeople === null ? 'none' : String(connection.dailyPeople),
      to: dailyPeople === null ? 'none' : String(dailyPeople),
    },
  ]
}

async function applyTemplate(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: { event: string; at: Date },
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const status = templateStatusAfter(change.event)
  // An approval of other words than the product's is none of what we send; `refreshTemplate` reads them.
  const isOfOthers = status === 'APPROVED' && connection.templateStatus === 'CHANGED'
  if (status === null || isOfOthers) return { audit: [], jobs: [] }
  const { whatsappConnections } = schema
  const { advisorId, id } = connection
  // Of two events of the same second the one that forbids sending counts, whatever order they came in.
  const isNewer = status === 'APPROVED' ? lt : lte
  const [row] = await ctx.tx
    .update(whatsappConnections)
    .set({ templateStatus: status, templateStatusAt: change.at, updatedAt: ctx.now() })
    .where(
      and(
        eq(whatsappConnections.advisorId, advisorId),
        eq(whatsappConnections.id, id),
        or(isNull(whatsappConnections.templateStatusAt), isNewer(whatsappConnections.templateStatusAt, change.at)),
      ),
    )
    .returning({ id: whatsappConnections.id })
  if (!row) return { audit: [], jobs: [] }
  const entry = {
    action: 'whatsapp.template_status_changed',
    objectType: 'whatsapp_connection',
    objectId: id,
    advisorId,
    from: connection.templateStatus,
    to: status,
  }
  if (status !== 'APPROVED') {
    return { audit: [entry, ...(await holdSending(ctx, advisorId, HOLD_REASONS.template, PRODUCTS))], jobs: [] }
  }
  const resumed = await resumeHeld(ctx, advisorId)
  return { audit: [entry, ...resumed.audit], jobs: resumed.jobs }
}

async function applyAccount(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Extract<AccountChange, { kind: 'account' }>,
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const failure = accountStop(change.event, change.banState)
  if (failure === null) return { audit: [], jobs: [] }
  const { advisorId } = connection
  return stopConnection(ctx, { advisorId, failure, again: true })
}
