import { schema } from '@pramaan/db'
import { and, eq, isNull, lt, lte, or } from 'drizzle-orm'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { holdSending, resumeHeld } from './hold-campaigns.ts'
import { readConnectionsOfAccount } from './queries.ts'
import { HOLD_REASONS } from './rules/may-send.ts'
import { accountStop, templateStatusAfter } from './rules/template-status.ts'
import type { WhatsappChange } from './rules/webhook-event.ts'
import { stopConnection } from './stop-connection.ts'
import type { ConnectionRow } from './views.ts'

export type AccountChange = Extract<WhatsappChange, { kind: 'template' | 'account' }>

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
    const one =
      change.kind === 'template'
        ? await applyTemplate(ctx, connection, change)
        : { audit: await applyAccount(ctx, connection, change), jobs: [] }
    applied.audit.push(...one.audit)
    applied.jobs.push(...one.jobs)
  }
  return applied
}

async function applyTemplate(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Extract<AccountChange, { kind: 'template' }>,
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const status = templateStatusAfter(change.event)
  const ours = change.name === WHATSAPP_TEMPLATE.name && change.language === WHATSAPP_TEMPLATE.language
  if (!ours || status === null) return { audit: [], jobs: [] }
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
    return { audit: [entry, ...(await holdSending(ctx, advisorId, HOLD_REASONS.template))], jobs: [] }
  }
  const resumed = await resumeHeld(ctx, advisorId)
  return { audit: [entry, ...resumed.audit], jobs: resumed.jobs }
}

async function applyAccount(
  ctx: CommandCtx,
  connection: ConnectionRow,
  change: Extract<AccountChange, { kind: 'account' }>,
): Promise<AuditEntry[]> {
  const failure = accountStop(change.event, change.banState)
  if (failure === null) return []
  const { advisorId } = connection
  const stopped = await stopConnection(ctx, { advisorId, failure, again: true })
  return [...stopped, ...(await holdSending(ctx, advisorId, HOLD_REASONS.connection))]
}
