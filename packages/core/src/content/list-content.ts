import { isoTime, type Queries, schema, statement } from '@pramaan/db'
import { ContentListInput, type ContentStatus, type ContentSummary } from '@pramaan/shared'
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, encodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'

/**
 * How many texts one search looks through. Topic and excerpt have no index, so a rare word would otherwise cost as much
 * as the advisor has texts; a search that ends here without filling its page answers with the cursor to go on from.
 */
const SEARCH_DEPTH = 5_000

/** The advisor's texts, newest first, by keyset: a deep page costs what the first costs. */
export const listContent = query({
  name: 'content.list',
  input: ContentListInput,
  async run(ctx, { limit, cursor, status, topic, q }) {
    const advisorId = advisorIdOf(ctx)
    const list = `content:${JSON.stringify([advisorId, status, topic, q])}`
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, list, cursor)
    const keyset: Keyset = { advisorId, status, before, limit: limit + 1 }
    const options = {
      limit,
      keyOf: (row: ContentSummary) => row.contentId,
      view: (row: ContentSummary) => row,
    }
    const { read } = ctx.db
    if (topic === undefined && q === undefined) {
      return toPage(ctx.keys, list, await selectPage(ctx.db.lookup, keyset), options)
    }
    const pattern = q === undefined ? null : `%${q.replace(/[\\%_]/g, '\\$&')}%`
    const [search, end] = status === undefined ? [searchAny, endOfAny] : [searchByStatus, endOfStatus]
    const [rows, [last]] = await Promise.all([
      search(read).execute({ ...keyset, topic: topic ?? null, pattern }),
      end(read).execute(keyset),
    ])
    const page = toPage(ctx.keys, list, rows, options)
    if (page.nextCursor === null && last) page.nextCursor = encodeCursor(ctx.keys, list, last.id)
    return page
  },
})

type Keyset = {
  advisorId: string
  status: ContentStatus | undefined
  before: string
  limit: number
}

const { contents } = schema

/** As the API shows a text, so that a row is an item of the page. */
const columns = {
  contentId: contents.id,
  versionId: contents.versionId,
  versionNumber: contents.versionNumber,
  status: contents.status,
  topic: contents.topic,
  externalId: contents.externalId,
  excerpt: contents.excerpt,
  createdAt: isoTime(contents.createdAt).as('created_at'),
  updatedAt: isoTime(contents.updatedAt).as('updated_at'),
}
const ofAdvisor = eq(contents.advisorId, sql.placeholder('advisorId'))
const ofStatus = eq(contents.status, sql.placeholder('status'))
const older = lt(contents.id, sql.placeholder('before'))

const selectAny = statement((queries) =>
  queries
    .select(columns)
    .from(contents)
    .where(and(ofAdvisor, older))
    .orderBy(desc(contents.id))
    .limit(sql.placeholder('limit'))
    .prepare('content_page'),
)

const selectByStatus = statement((queries) =>
  queries
    .select(columns)
    .from(contents)
    .where(and(ofAdvisor, ofStatus, older))
    .orderBy(desc(contents.id))
    .limit(sql.placeholder('limit'))
    .prepare('content_page_by_status'),
)

const selectPage = (queries: Queries, { status, ...keyset }: Keyset): Promise<ContentSummary[]> =>
  status === undefined ? selectAny(queries).execute(keyset) : selectByStatus(queries).execute({ ...keyset, status })

/** The newest texts, as deep as one search goes, narrowed to those that match. */
const searchStatement = (name: string, scope: SQL | undefined) =>
  statement((queries) => {
    const searched = queries.select(columns).from(contents).where(scope).orderBy(desc(contents.id)).limit(SEARCH_DEPTH)
    const found = searched.as('searched')
    const topic = sql`${sql.placeholder('topic')}::text`
    const pattern = sql`${sql.placeholder('pattern')}::text`
    return queries
      .select()
      .from(found)
      .where(
        and(
          sql`(${topic} is null or ${found.topic} = ${topic})`,
          sql`(${pattern} is null or ${found.excerpt} ilike ${pattern} or ${found.topic} ilike ${pattern})`,
        ),
      )
      .orderBy(desc(found.contentId))
      .limit(sql.placeholder('limit'))
      .prepare(name)
  })

/** The last text that one search looks at, when there are as many. */
const endStatement = (name: string, scope: SQL | undefined) =>
  statement((queries) =>
    queries
      .select({ id: contents.id })
      .from(contents)
      .where(scope)
      .orderBy(desc(contents.id))
      .offset(SEARCH_DEPTH - 1)
      .limit(1)
      .prepare(name),
  )

const searchAny = searchStatement('content_search', and(ofAdvisor, older))
const searchByStatus = searchStatement('content_search_by_status', and(ofAdvisor, ofStatus, older))
const endOfAny = endStatement('content_search_end', and(ofAdvisor, older))
const endOfStatus = endStatement('content_search_end_by_status', and(ofAdvisor, ofStatus, older))
