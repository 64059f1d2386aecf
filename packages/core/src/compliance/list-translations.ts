import { schema } from '@pramaan/db'
import { TranslationListInput } from '@pramaan/shared'
import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { translationView } from './warning-translations.ts'

const { advisors, warningTranslations } = schema

/** The standard warnings as the firm has translated them, newest first, whatever became of each. */
export const listTranslations = query({
  name: 'translation.list',
  input: TranslationListInput,
  async run(ctx, { cursor, limit }) {
    const advisorId = advisorIdOf(ctx)
    const list = `translations:${advisorId}`
    const rows = await ctx.db.read
      .select()
      .from(warningTranslations)
      .where(
        and(
          eq(warningTranslations.advisorId, advisorId),
          cursor === undefined ? undefined : lt(warningTranslations.id, decodeCursor(ctx.keys, list, cursor)),
        ),
      )
      .orderBy(desc(warningTranslations.id))
      .limit(limit + 1)
    return toPage(ctx.keys, list, rows, { limit, keyOf: ({ id }) => id, view: translationView })
  },
})

/** The translations of all advisors that wait for a reviewer, oldest first. */
export const listProposedTranslations = query({
  name: 'translation.list_proposed',
  input: TranslationListInput,
  async run(ctx, { cursor, limit }) {
    const list = 'translations:proposed'
    const rows = await ctx.db.read
      .select({ translation: warningTranslations, advisor: { id: advisors.id, displayName: advisors.displayName } })
      .from(warningTranslations)
      .innerJoin(advisors, eq(advisors.id, warningTranslations.advisorId))
      .where(
        and(
          sql`${warningTranslations.state} = 'proposed'`,
          cursor === undefined ? undefined : gt(warningTranslations.id, decodeCursor(ctx.keys, list, cursor)),
        ),
      )
      .orderBy(asc(warningTranslations.id))
      .limit(limit + 1)
    return toPage(ctx.keys, list, rows, {
      limit,
      keyOf: ({ translation }) => translation.id,
      view: ({ advisor, translation }) => ({ ...translationView(translation), advisor }),
    })
  },
})
