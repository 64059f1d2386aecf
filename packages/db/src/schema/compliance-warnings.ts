import { TranslationState, WarningId, WarningLanguage } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { check, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, createdAt, oneOf } from './columns.ts'

/**
 * Standard warnings in the language of a text, as a firm words them and a reviewer has approved them: no regulator
 * publishes translations.
 */
export const warningTranslations = pgTable(
  'warning_translations',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    warning: text().notNull().$type<WarningId>(),
    language: text().notNull().$type<WarningLanguage>(),
    text: text().notNull(),
    state: text().notNull().$type<TranslationState>().default('proposed'),
    proposedBy: uuid().notNull(),
    decidedBy: uuid(),
    note: text(),
    createdAt: createdAt(),
    decidedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    uniqueIndex('warning_translations_approved')
      .on(t.advisorId, t.language, t.warning)
      .where(sql`${t.state} = 'approved'`),
    index('warning_translations_proposed_idx').on(t.id).where(sql`${t.state} = 'proposed'`),
    check('warning_translations_warning', oneOf('warning', WarningId.options)),
    check('warning_translations_language', oneOf('language', WarningLanguage.options)),
    check('warning_translations_state', oneOf('state', TranslationState.options)),
  ],
)
