import { sql } from 'drizzle-orm'
import { pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, createdAt } from './columns.ts'

/**
 * The templates of a firm's own at WhatsApp, beside the product's. `body` is the firm's part of it; it is null, with the
 * reason in `unfit`, where a template cannot carry an approved text or where we do not know what it says at WhatsApp.
 */
export const whatsappTemplates = pgTable(
  'whatsapp_templates',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    wabaId: text().notNull(),
    /** WhatsApp's id; null until it answered. */
    providerId: text(),
    name: text().notNull(),
    language: text().notNull(),
    body: text(),
    unfit: text(),
    /** WhatsApp's word, such as `PENDING` or `APPROVED`; `UNKNOWN` until it answered. */
    status: text().notNull(),
    /** When WhatsApp said so; an older webhook does not undo a newer one. */
    statusAt: at(),
    rejectedReason: text(),
    quality: text(),
    /** As what WhatsApp charges it, and as what it is going to where that is announced. */
    category: text().notNull(),
    categoryAt: at(),
    nextCategory: text(),
    /** When the approved template was edited, of the last 30 days. */
    editedAt: at().array().notNull().default([]),
    /** When it went; its name stays blocked for 30 days where it had been approved. */
    deletedAt: at(),
    nameFreeAt: at(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    uniqueIndex('whatsapp_templates_live_idx')
      .on(t.advisorId, t.wabaId, t.name, t.language)
      .where(sql`${t.deletedAt} is null`),
  ],
)
