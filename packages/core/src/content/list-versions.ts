import { schema, statement } from '@pramaan/db'
import { ContentIdInput, PageInput, type VersionView } from '@pramaan/shared'
import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { member } from '../platform/permissions.ts'
import { query } from '../platform/use-case.ts'
import { contentExists } from './queries.ts'

/** Above every version number: where the first page begins. */
const PAST_THE_NEWEST = 2_147_483_647

/** All versions of a text, newest first. @throws AppError `not_found` */
export const listVersions = query({
  name: 'content.list_versions',
  input: PageInput.extend(ContentIdInput.shape),
  allow: member(),
  inspectedAs: 'content',
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `versions:${advisorId}:${input.id}`
    const before = input.cursor === undefined ? PAST_THE_NEWEST : Number(decodeCursor(ctx.keys, list, input.cursor))
    const ids = { advisorId, contentId: input.id }
    const rows = await selectVersions(ctx.db.read).execute({ ...ids, before, limit: input.limit + 1 })
    if (rows.length === 0 && !(await contentExists(ctx.db.read, advisorId, input.id))) throw notFound('text')
    return toPage(ctx.keys, list, rows, { limit: input.limit, keyOf: (row) => String(row.number), view: versionView })
  },
})

const selectVersions = statement((queries) => {
  const { contentVersions } = schema
  return queries
    .select()
    .from(contentVersions)
    .where(
      and(
        eq(contentVersions.advisorId, sql.placeholder('advisorId')),
        eq(contentVersions.contentId, sql.placeholder('contentId')),
        lt(contentVersions.number, sql.placeholder('before')),
      ),
    )
    .orderBy(desc(contentVersions.number))
    .limit(sql.placeholder('limit'))
    .prepare('content_versions_page')
})

function versionView(row: typeof schema.contentVersions.$inferSelect): VersionView {
  return {
    versionId: row.id,
    number: row.number,
    content: row.text,
    channel: row.channel,
    audience: row.audience,
    language: row.language,
    hash: row.hash,
    createdAt: row.createdAt.toISOString(),
  }
}
