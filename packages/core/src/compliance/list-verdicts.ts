import { schema, statement } from '@pramaan/db'
import { ContentIdInput, PageInput } from '@pramaan/shared'
import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { contentExists } from '../content/index.ts'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { verdictView } from './verdict-view.ts'

/** What the checks of a text found, newest first, over all its versions. @throws AppError `not_found` */
export const listVerdicts = query({
  name: 'verdict.list',
  input: PageInput.extend(ContentIdInput.shape),
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `verdicts:${advisorId}:${input.id}`
    const before = input.cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, list, input.cursor)
    const keyset = { advisorId, contentId: input.id, before, limit: input.limit + 1 }
    const rows = await selectVerdicts(ctx.db.read).execute(keyset)
    if (rows.length === 0 && !(await contentExists(ctx.db.read, advisorId, input.id))) throw notFound('text')
    return toPage(ctx.keys, list, rows, { limit: input.limit, keyOf: ({ verdict }) => verdict.id, view: verdictView })
  },
})

const selectVerdicts = statement((queries) => {
  const { aiUses, verdicts } = schema
  return queries
    .select({ verdict: verdicts, concerns: aiUses.concerns })
    .from(verdicts)
    .leftJoin(aiUses, and(eq(aiUses.advisorId, verdicts.advisorId), eq(aiUses.checkId, verdicts.checkId)))
    .where(
      and(
        eq(verdicts.advisorId, sql.placeholder('advisorId')),
        eq(verdicts.contentId, sql.placeholder('contentId')),
        lt(verdicts.id, sql.placeholder('before')),
      ),
    )
    .orderBy(desc(verdicts.id))
    .limit(sql.placeholder('limit'))
    .prepare('verdicts_page')
})
