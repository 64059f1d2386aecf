import { type Queries, schema, statement } from '@pramaan/db'
import type { FirmRules } from '@pramaan/shared'
import { and, desc, eq, inArray, sql } from 'drizzle-orm'

const { contents, contentVersions, verdicts } = schema

/** The rules that the firm adds now; null for none. */
const firmRules = sql<FirmRules | null>`(select f.rules from firm_rule_sets f
  where f.advisor_id = ${contents.advisorId} order by f.version desc limit 1)`

const FIRST = '00000000-0000-0000-0000-000000000000'

const selectPage = statement((queries) => {
  const newest = queries
    .select()
    .from(verdicts)
    .where(and(eq(verdicts.advisorId, contents.advisorId), eq(verdicts.contentId, contents.id)))
    .orderBy(desc(verdicts.id))
    .limit(1)
    .as('newest')
  return queries
    .select({
      advisorId: contents.advisorId,
      contentId: contents.id,
      versionId: contents.versionId,
      status: contents.status,
      text: contentVersions.text,
      outcome: newest.outcome,
      rules: sql<string[]>`jsonb_path_query_array(${newest.findings}, '$[*].ruleId')`,
      input: newest.input,
      firm: firmRules,
    })
    .from(contents)
    .innerJoin(
      contentVersions,
      and(eq(contentVersions.advisorId, contents.advisorId), eq(contentVersions.id, contents.versionId)),
    )
    .innerJoinLateral(newest, sql`true`)
    .where(
      and(
        inArray(contents.status, ['approved', 'scheduled', 'published']),
        sql`(${contents.advisorId}, ${contents.id}) > (${sql.placeholder('advisorId')}::uuid, ${sql.placeholder('contentId')}::uuid)`,
      ),
    )
    .orderBy(contents.advisorId, contents.id)
    .limit(sql.placeholder('limit'))
    .prepare('live_texts_page')
})

export type LiveText = Awaited<ReturnType<ReturnType<typeof selectPage>['execute']>>[number]

/** What may be sent, over all firms, each with its newest verdict; after the one named, in the order of the key. */
export const readLiveTexts = (
  queries: Queries,
  after: [advisorId: string, contentId: string] | null,
  limit: number,
): Promise<LiveText[]> => {
  const [advisorId, contentId] = after ?? [FIRST, FIRST]
  return selectPage(queries).execute({ advisorId, contentId, limit })
}
