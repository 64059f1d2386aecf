import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at } from './columns.ts'

/** What an entry says besides its indexed columns. No direct identifiers: people appear by id, addresses as keyed hashes. */
export interface AuditBody {
  actor: { kind: string; role: string | null; sessionId?: string | undefined; ipHash?: string | undefined }
  requestId: string
  from?: string | null | undefined
  to?: string | null | undefined
  reason?: string | undefined
  versionHash?: string | undefined
  ruleSetDigest?: string | undefined
  outcome: 'done' | 'refused'
  detail?: Record<string, unknown> | undefined
}

/** Append-only by grant and trigger; partitioned by month. Platform-wide, so the tenant is not in its key. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: bigint({ mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    recordedAt: at().notNull().default(sql`clock_timestamp()`),
    advisorId: uuid(),
    actorId: uuid(),
    action: text().notNull(),
    objectType: text().notNull(),
    objectId: text().notNull(),
    body: jsonb().$type<AuditBody>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.recordedAt, t.id] }),
    index('audit_entries_advisor_idx').on(t.advisorId, t.id),
    index('audit_entries_object_idx').on(t.advisorId, t.objectId, t.id),
  ],
)
