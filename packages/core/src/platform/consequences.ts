import type { schema } from '@pramaan/db'
import { type AuditEntry, actorIdOf, type CommandCtx } from './context.ts'
import type { Job, JobEnvelope } from './queue.ts'

type AuditBody = typeof schema.auditEntries.$inferInsert.body

/**
 * Audit entries and jobs in one statement, whatever their number: a statement costs the process and the server more
 * than the rows in it. Entries get their ids in the order in which they stand.
 */
const APPEND = {
  name: 'consequences_append',
  text: `with entries as (
      insert into audit_entries (advisor_id, actor_id, action, object_type, object_id, body)
      select advisor_id, actor_id, action, object_type, object_id, body from jsonb_to_recordset($1::jsonb)
        as t (advisor_id uuid, actor_id uuid, action text, object_type text, object_id text, body jsonb)
    )
    insert into outbox (queue, payload, start_after, group_id)
    select queue, payload, start_after, group_id from jsonb_to_recordset($2::jsonb)
      as t (queue text, payload jsonb, start_after timestamptz, group_id text)`,
}

/**
 * Appends what a command did to the audit log, and the jobs that follow from it to the outbox, in the open transaction.
 * Only `command()` calls it, so that nothing is written twice or forgotten.
 */
export function appendConsequences(ctx: CommandCtx, entries: AuditEntry[], jobs: Job[]): Promise<unknown> {
  if (jobs.length > 0) ctx.outbox.filled = true
  const values = [JSON.stringify(entryRows(ctx, entries)), JSON.stringify(jobs.map((job) => outboxRow(ctx, job)))]
  return ctx.tx.$client.query({ ...APPEND, values })
}

function entryRows(ctx: CommandCtx, entries: AuditEntry[]) {
  const { actor, requestId } = ctx
  const who = {
    kind: actor.kind,
    role: actor.kind === 'user' ? (actor.memberRole ?? actor.role) : actor.kind === 'system' ? actor.name : null,
    sessionId: actor.kind === 'user' ? actor.sessionId : undefined,
    keyId: actor.kind === 'api_key' ? actor.keyId : undefined,
    grantId: ctx.inspection?.grantId,
    onBehalfOf: ctx.advisorId ?? undefined,
    ipHash: ctx.ip === null ? undefined : ctx.keys.lookupHash('ip', ctx.ip).toString('base64url'),
  }
  return entries.map((entry) => ({
    advisor_id: entry.advisorId ?? ctx.advisorId,
    actor_id: actorIdOf(actor),
    action: entry.action,
    object_type: entry.objectType,
    object_id: entry.objectId,
    body: {
      actor: who,
      requestId,
      from: entry.from,
      to: entry.to,
      reason: entry.reason,
      versionHash: entry.versionHash,
      ruleSetDigest: entry.ruleSetDigest,
      outcome: entry.outcome ?? 'done',
      detail: entry.detail,
    } satisfies AuditBody,
  }))
}

const outboxRow = ({ requestId }: CommandCtx, job: Job) => ({
  queue: job.queue,
  payload: { data: job.payload, requestId } satisfies JobEnvelope,
  start_after: job.startAfter ?? null,
  group_id: job.groupId ?? null,
})
