import type { Queries, schema } from '@pramaan/db'
import type { CampaignView, ConnectionView, DeliveryView, RecipientView } from '@pramaan/shared'
import type { z } from 'zod'
import { errorClassOf } from '../clients/whatsapp/index.ts'
import type { Keys } from '../platform/crypto.ts'
import { connectionWarnings } from './rules/connection-warnings.ts'
import { timeOf } from './rules/quiet-hours.ts'
import { refusalReason } from './rules/refusals.ts'

export type ConnectionRow = typeof schema.whatsappConnections.$inferSelect
export type RecipientRow = typeof schema.recipients.$inferSelect
export type CampaignRow = typeof schema.campaigns.$inferSelect
export type DeliveryRow = typeof schema.deliveries.$inferSelect

/** What an advisor sees of the connection; never the token or the PIN. */
export function connectionView(row: ConnectionRow, now: Date): z.output<typeof ConnectionView> {
  const { id, wabaId, phoneNumberId, displayPhoneNumber, state, step, failure } = row
  const { templateStatus, templateCategory, templateNextCategory, quality, nameStatus, throughput, dailyPeople } = row
  const { quietFrom, quietUntil } = row
  const quietHours =
    quietFrom === null || quietUntil === null ? null : { from: timeOf(quietFrom), until: timeOf(quietUntil) }
  const template = { templateStatus, templateCategory, templateNextCategory }
  const { canSend, billingCurrency } = row
  const health = {
    ...{ quality, nameStatus, throughput, dailyPeople, canSend, billingCurrency },
    healthAt: row.healthAt?.toISOString() ?? null,
    warnings: state === 'revoked' ? [] : connectionWarnings(row, now),
  }
  return { id, wabaId, phoneNumberId, displayPhoneNumber, state, step, ...template, ...health, quietHours, failure }
}

/** A recipient with phone and name in clear, for the firm whose client it is. */
export async function recipientView(
  keys: Keys,
  queries: Queries,
  row: RecipientRow,
): Promise<z.output<typeof RecipientView>> {
  const open = (column: 'phone' | 'name', sealed: Buffer) =>
    keys.open(queries, row.advisorId, { table: 'recipients', column, rowId: row.id }, sealed)
  const [phone, name] = await Promise.all([
    row.phone === null ? null : open('phone', row.phone),
    row.name === null ? null : open('name', row.name),
  ])
  const { id, segments, state, refusedCode } = row
  const problem = refusedCode === null ? null : refusalReason(refusedCode, errorClassOf(refusedCode))
  return { id, phone, name, segments, state, problem, createdAt: row.createdAt.toISOString() }
}

type Counts = z.output<typeof CampaignView>['counts']

export function campaignView(row: CampaignRow, counts: Counts): z.output<typeof CampaignView> {
  return {
    id: row.id,
    contentId: row.contentId,
    approvalId: row.approvalId,
    templateId: row.templateId,
    segment: row.segment,
    state: row.state,
    heldReason: row.heldReason,
    scheduledAt: row.scheduledAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    recipients: row.recipientCount,
    counts,
  }
}

export function deliveryView(row: DeliveryRow): z.output<typeof DeliveryView> {
  const { id, recipientId, state, reason, attempts } = row
  return { id, recipientId, state, reason, attempts, updatedAt: row.updatedAt.toISOString() }
}
