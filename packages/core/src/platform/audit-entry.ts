import { schema, statement } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import { type AuditEntry, actorIdOf, type CommandCtx } from './context.ts'

const insertEntry = statement((queries) =>
  queries
    .insert(schema.auditEntries)
    .values({
      advisorId: sql.placeholder('advisorId'),
      actorId: sql.placeholder('actorId'),
      action: sql.placeholder('action'),
      objectType: sql.placeholder('objectType'),
      objectId: sql.placeholder('objectId'),
      body: sql.placeholder('body'),
    })
    .prepare('audit_append'),
)

/** Appends one entry in the open transaction. Only `command()` calls it, so that nothing is written twice or forgotten. */
export function appendEntry(ctx: CommandCtx, entry: AuditEntry): Promise<unknown> {
  const { actor } = ctx
  return insertEntry(ctx.tx).execute({
    advisorId: entry.advisorId ?? ctx.advisorId,
    actorId: actorIdOf(actor),
    action: entry.action,
    objectType: entry.objectType,
    objectId: entry.objectId,
    body: {
      actor: {
        kind: actor.kind,
        role: actor.kind === 'user' ? (actor.memberRole ?? actor.role) : actor.kind === 'system' ? actor.name : null,
        sessionId: actor.kind === 'user' ? actor.sessionId : undefined,
        ipHash: ctx.ip === null ? undefined : ctx.keys.lookupHash('ip', ctx.ip).toString('base64url'),
      },
      requestId: ctx.requestId,
      from: entry.from,
      to: entry.to,
      reason: entry.reason,
      versionHash: entry.versionHash,
      ruleSetDigest: entry.ruleSetDigest,
      outcome: entry.outcome ?? 'done',
      detail: entry.detail,
    },
  })
}
