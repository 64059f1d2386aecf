import { Audience, Channel, ContentStatus, Language } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { advisorId, at, createdAt, oneOf } from './columns.ts'
import { advisors } from './identity.ts'

export const CONTENT_STATES = ContentStatus.options
export const CHANNELS = Channel.options
export const AUDIENCES = Audience.options
export const LANGUAGES = Language.options

/** HASH-partitioned by advisor. `excerpt` saves the list a join. */
export const contents = pgTable(
  'contents',
  {
    advisorId: advisorId().references(() => advisors.id),
    id: uuid().notNull(),
    status: text().notNull().$type<(typeof CONTENT_STATES)[number]>(),
    topic: text(),
    externalId: text(),
    versionId: uuid().notNull(),
    versionNumber: integer().notNull(),
    excerpt: text().notNull(),
    createdBy: uuid().notNull(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('contents_status_idx').on(t.advisorId, t.status, t.id),
    index('contents_checking_idx').on(t.updatedAt).where(sql`${t.status} = 'checking'`),
    uniqueIndex('contents_external_id_idx').on(t.advisorId, t.externalId).where(sql`${t.externalId} is not null`),
    check('contents_status', oneOf('status', CONTENT_STATES)),
  ],
)

/** Immutable; `hash` is the SHA-256 of the version's canonical form. */
export const contentVersions = pgTable(
  'content_versions',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    contentId: uuid().notNull(),
    number: integer().notNull(),
    text: text().notNull(),
    channel: text().notNull().$type<(typeof CHANNELS)[number]>(),
    audience: text().notNull().$type<(typeof AUDIENCES)[number]>(),
    language: text().$type<(typeof LANGUAGES)[number]>(),
    hash: text().notNull(),
    createdBy: uuid().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('content_versions_number').on(t.advisorId, t.contentId, t.number),
    foreignKey({ columns: [t.advisorId, t.contentId], foreignColumns: [contents.advisorId, contents.id] }),
    check('content_versions_channel', oneOf('channel', CHANNELS)),
    check('content_versions_audience', oneOf('audience', AUDIENCES)),
    check('content_versions_language', oneOf('language', LANGUAGES)),
  ],
)
