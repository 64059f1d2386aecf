import { type Queries, schema, statement } from '@pramaan/db'
import { type Language, type TranslationView, WarningLanguage } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { STANDARD_WARNINGS, type Translations } from './rules/index.ts'

const { warningTranslations } = schema

export type TranslationRow = typeof warningTranslations.$inferSelect

const selectApproved = statement((queries) =>
  queries
    .select({ warning: warningTranslations.warning, text: warningTranslations.text })
    .from(warningTranslations)
    .where(
      and(
        eq(warningTranslations.advisorId, sql.placeholder('advisorId')),
        eq(warningTranslations.language, sql.placeholder('language')),
        sql`${warningTranslations.state} = 'approved'`,
      ),
    )
    .prepare('warning_translations_approved'),
)

/** The standard warnings of a firm in the declared language of a text; none, and no question, where English is right. */
export async function readTranslations(
  queries: Queries,
  advisorId: string,
  declared: Language | null,
): Promise<Translations> {
  const language = WarningLanguage.safeParse(declared).data
  if (language === undefined) return {}
  const rows = await selectApproved(queries).execute({ advisorId, language })
  return Object.fromEntries(rows.map(({ warning, text }) => [warning, text]))
}

export const translationView = (row: TranslationRow): TranslationView => ({
  id: row.id,
  warning: row.warning,
  language: row.language,
  english: STANDARD_WARNINGS[row.warning],
  text: row.text,
  state: row.state,
  note: row.note,
  proposedAt: row.createdAt.toISOString(),
  decidedAt: row.decidedAt?.toISOString() ?? null,
})
