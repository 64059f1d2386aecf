import { PackState } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { advisorId, at, bytes, createdAt, oneOf } from './columns.ts'

/**
 * An inspection pack that somebody asked for, and how far the making of it has come: `position` files are done, and the
 * next one begins after the row `after` of the step `step`.
 */
export const auditPacks = pgTable(
  'audit_packs',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    state: text().notNull().$type<PackState>().default('waiting'),
    /** The period: from (inclusive) to (exclusive). */
    periodFrom: at().notNull(),
    periodUntil: at().notNull(),
    recipient: text().notNull(),
    reason: text().notNull(),
    /** What is in it, besides the entries of the log. */
    kinds: jsonb().$type<string[]>().notNull(),
    /** Null for an operator. */
    requestedBy: uuid(),
    /** The grant of the inspector who asked. */
    grantId: uuid(),
    /** The numbers of its entries in the advisor's own sequence, and the checkpoint over them; null until they are sealed. */
    firstSequence: bigint({ mode: 'number' }),
    lastSequence: bigint({ mode: 'number' }),
    checkpointSize: bigint({ mode: 'number' }),
    step: text(),
    after: text(),
    position: integer().notNull().default(0),
    failure: text(),
    createdAt: createdAt(),
    finishedAt: at(),
    /** When its files are deleted. */
    availableUntil: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('audit_packs_available_idx').on(t.availableUntil).where(sql`${t.state} <> 'deleted'`),
    check('audit_packs_state', oneOf('state', PackState.options)),
  ],
)

/** The files of a pack, each as the member of a ZIP archive that it becomes: deflated, then sealed for the days that it lies here. */
export const auditPackFiles = pgTable(
  'audit_pack_files',
  {
    advisorId: advisorId(),
    packId: uuid().notNull(),
    number: integer().notNull(),
    name: text().notNull(),
    /** What its rows are; null for what is no list. */
    kind: text(),
    rows: integer().notNull(),
    /** Bytes before and after compression. */
    size: integer().notNull(),
    packedSize: integer().notNull(),
    crc: bigint({ mode: 'number' }).notNull(),
    sha256: text().notNull(),
    packed: bytes().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.packId, t.number] }),
    unique('audit_pack_files_name').on(t.advisorId, t.packId, t.name),
    foreignKey({ columns: [t.advisorId, t.packId], foreignColumns: [auditPacks.advisorId, auditPacks.id] }),
  ],
)
