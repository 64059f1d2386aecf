import { schema } from '@pramaan/db'
import { FactListInput } from '@pramaan/shared'
import { and, asc, between, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { headOf } from './read-roll-ups.ts'
import { report } from './report.ts'

const { analyticsEvents: facts, contents } = schema

/** Before every day and id. */
const START = '0001-01-01 00000000-0000-0000-0000-000000000000 '

/**
 * The rows that a number of a report counts, by the day under which they are counted. Of a message that was answered
 * twice both answers are here, though it counts once.
 */
export const listFacts = query({
  name: 'analytics.list_facts',
  input: FactListInput,
  async run(ctx, { limit, cursor, from, to, ...filter }) {
    const advisorId = advisorIdOf(ctx)
    const { range } = headOf({ from, to }, ctx.now())
    const list = `facts:${JSON.stringify([advisorId, range, filter])}`
    const after = cursor === undefined ? START : decodeCursor(ctx.keys, list, cursor)
    const [day = '', objectId = '', ...rule] = after.split(' ')
    const { result } = await report(ctx, (queries) =>
      queries
        .select()
        .from(facts)
        .where(
          and(
            eq(facts.advisorId, advisorId),
            eq(facts.kind, filter.kind),
            between(facts.day, range.from, range.to),
            // Nothing is counted under a day before it happened, so older months need not be looked at.
            sql`${facts.occurredAt} >= (${range.from}::timestamp at time zone 'Asia/Kolkata')`,
            sql`(${facts.day}, ${facts.objectId}, ${facts.rule}) > (${day}::date, ${objectId}::uuid, ${rule.join(' ')}::text)`,
            ...matches(filter),
            filter.topic === undefined
              ? undefined
              : inArray(
                  facts.contentId,
                  queries
                    .select({ id: contents.id })
                    .from(contents)
                    .where(and(eq(contents.advisorId, advisorId), eq(contents.topic, filter.topic))),
                ),
          ),
        )
        .orderBy(asc(facts.day), asc(facts.objectId), asc(facts.rule))
        .limit(limit + 1),
    )
    return toPage(ctx.keys, list, result, {
      limit,
      keyOf: (row) => `${row.day} ${row.objectId} ${row.rule}`,
      view: ({ kind, occurredAt, messageId, rule: ruleId, ...row }) => ({
        kind,
        occurredAt: occurredAt.toISOString(),
        ...row,
        deliveryId: messageId,
        rule: ruleId === '' ? null : ruleId,
      }),
    })
  },
})

/** A condition for each parameter that is given. */
function matches(
  filter: Partial<Record<'contentId' | 'language' | 'template' | 'family' | 'rule', string | undefined>> & {
    hour?: number | undefined
    weekday?: number | undefined
  },
): SQL[] {
  const columns = ['contentId', 'language', 'template', 'family', 'rule', 'hour'] as const
  const conditions = columns.flatMap((name) => {
    const wanted = filter[name]
    return wanted === undefined ? [] : [sql`${facts[name]} = ${wanted}`]
  })
  const { weekday } = filter
  return weekday === undefined ? conditions : [...conditions, sql`extract(isodow from ${facts.day}) = ${weekday}`]
}
