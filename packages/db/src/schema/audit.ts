import { sql } from 'drizzle-orm'
import {
  bigint,
  customType,
  index,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { at, bytes } from './columns.ts'

/** What an entry says besides its indexed columns. No direct identifiers: people appear by id, addresses as keyed hashes. */
export interface AuditBody {
  actor: {
    kind: string
    /** The role used: in the firm, of staff, or the job for the system. */
    role: string | null
    sessionId?: string | undefined
    keyId?: string | undefined
    /** The grant under which an inspector read. */
    grantId?: string | undefined
    /** The advisor for whom it was done; nobody for staff and jobs. */
    onBehalfOf?: string | undefined
    ipHash?: string | undefined
  }
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

/** A transaction id that never wraps round (PostgreSQL `xid8`). */
const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })

/**
 * Entries that are not sealed yet; a trigger on `audit_entries` writes them, in the transaction of the entry. The sealer
 * takes what it can see here, so that nothing which commits late is passed over and no number has to be waited for. It is
 * also what the completeness trigger asks: a transaction without a row here has written no entry.
 */
export const auditPending = pgTable('audit_pending', {
  entryId: bigint({ mode: 'bigint' }).primaryKey(),
  recordedAt: at().notNull(),
  xact: xid8().notNull(),
})

/**
 * The leaves of the Merkle log (RFC 6962), in order. `hash` is the leaf hash of the entry's document together with its
 * place; `stream` is the advisor (or the platform), and `streamSequence` counts its entries without a gap.
 */
export const auditLeaves = pgTable(
  'audit_leaves',
  {
    leafIndex: bigint({ mode: 'number' }).primaryKey(),
    entryId: bigint({ mode: 'bigint' }).notNull(),
    recordedAt: at().notNull(),
    stream: uuid().notNull(),
    streamSequence: bigint({ mode: 'number' }).notNull(),
    hash: bytes().notNull(),
  },
  (t) => [unique('audit_leaves_entry').on(t.entryId), unique('audit_leaves_stream').on(t.stream, t.streamSequence)],
)

/** Roots of full subtrees of 256 to the power of `level` leaves, so that a proof reads a few hundred hashes at most. */
export const auditNodes = pgTable(
  'audit_nodes',
  {
    level: smallint().notNull(),
    nodeIndex: bigint({ mode: 'number' }).notNull(),
    hash: bytes().notNull(),
  },
  (t) => [primaryKey({ columns: [t.level, t.nodeIndex] })],
)

/** The tree after each sealing, committed before anything about it is signed. `frontier` is what the next leaf is added to. */
export const auditHeads = pgTable('audit_heads', {
  size: bigint({ mode: 'number' }).primaryKey(),
  root: bytes().notNull(),
  frontier: bytes().notNull(),
  sealedAt: at().notNull().default(sql`clock_timestamp()`),
})

/** Signed heads: C2SP `tlog-checkpoint` as a signed note. */
export const auditCheckpoints = pgTable('audit_checkpoints', {
  size: bigint({ mode: 'number' })
    .primaryKey()
    .references(() => auditHeads.size),
  note: text().notNull(),
  signedAt: at().notNull().default(sql`clock_timestamp()`),
})

/** Which checkpoint each place outside of the system got last, and when it was found up to date. */
export const auditExports = pgTable('audit_exports', {
  target: text().primaryKey(),
  size: bigint({ mode: 'number' }).notNull(),
  exportedAt: at().notNull(),
})

/** Lines by which witnesses say that they saw a checkpoint, and that it follows from all that they saw before. */
export const auditCosignatures = pgTable(
  'audit_cosignatures',
  {
    size: bigint({ mode: 'number' })
      .notNull()
      .references(() => auditCheckpoints.size),
    witness: text().notNull(),
    line: text().notNull(),
    receivedAt: at().notNull().default(sql`clock_timestamp()`),
  },
  (t) => [primaryKey({ columns: [t.size, t.witness] })],
)
