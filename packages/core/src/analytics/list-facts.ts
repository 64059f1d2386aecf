import { schema, statement } from '@pramaan/db'
import { FactListInput } from '@pramaan/shared'
import { and, asc, between, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
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
    const values = {
      ...NO_FILTER,
      ...filter,
      advisorId,
      ...range,
      day,
      objectId,
      afterRule: rule.join(' '),
      most: limit + 1,
    }
    const { result } = await report(ctx, async (queries) => {
      const [, rows] = await Promise.all([queries.execute(IN_ORDER), selectFacts(queries).execute(values)])
      return rows
    })
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

/** A page is taken from the indexes of the months, which have its order, and does not sort all that it is taken from. */
const IN_ORDER = sql`select set_config('enable_sort', 'off', true)`

const given = (name: string) => sql.placeholder(name)

/** The parameters that may be left out. */
const NO_FILTER = {
  contentId: null,
  topic: null,
  language: null,
  template: null,
  weekday: null,
  hour: null,
  family: null,
  rule: null,
}

/** Holds where the parameter is left out. */
const matches = (name: keyof typeof NO_FILTER, type: string, value: SQLWrapper): SQL =>
  sql`(${given(name)}::${sql.raw(type)} is null or ${value} = ${given(name)})`

const selectFacts = statement((queries) =>
  queries
    .select()
    .from(facts)
    .where(
      and(
        eq(facts.advisorId, given('advisorId')),
        eq(facts.kind, given('kind')),
        between(facts.day, given('from'), given('to')),
        // Nothing is counted under a day before it happened, so older months need not be looked at.
        sql`${facts.occurredAt} >= (${given('from')}::timestamp at time zone 'Asia/Kolkata')`,
        sql`(${facts.day}, ${facts.objectId}, ${facts.rule}) > (${given('day')}::date, ${given('objectId')}::uuid, ${given('afterRule')}::text)`,
        matches('contentId', 'uuid', facts.contentId),
        matches('language', 'text', facts.language),
        matches('template', 'text', facts.template),
        matches('family', 'text', facts.family),
        matches('rule', 'text', facts.rule),
        matches('hour', 'int', facts.hour),
        matches('weekday', 'int', sql`extract(isodow from ${facts.day})`),
        sql`(${given('topic')}::text is null or ${facts.contentId} in (
          select c.id from ${contents} c where c.advisor_id = ${given('advisorId')} and c.topic = ${given('topic')}))`,
      ),
    )
    .orderBy(asc(facts.day), asc(facts.objectId), asc(facts.rule))
    .limit(given('most'))
    .prepare('analytics_facts'),
)
