import type { schema } from '@pramaan/db'
import type { AuditEventView } from '@pramaan/shared'

type Row = typeof schema.auditEntries.$inferSelect

/** The sequence of an entry as the key of a keyset page. */
export const sequenceOf = (row: Row): string => String(row.id)

/** An entry as its advisor sees it. People stand there by id, addresses not at all. */
export function eventView(row: Row): AuditEventView {
  const { body } = row
  return {
    sequence: sequenceOf(row),
    at: row.recordedAt.toISOString(),
    action: row.action,
    actor: { kind: body.actor.kind, id: row.actorId, role: body.actor.role },
    object: { type: row.objectType, id: row.objectId },
    from: body.from ?? null,
    to: body.to ?? null,
    outcome: body.outcome,
    reason: body.reason ?? null,
    versionHash: body.versionHash ?? null,
    ruleSetDigest: body.ruleSetDigest ?? null,
    requestId: body.requestId,
    detail: body.detail ?? null,
  }
}
