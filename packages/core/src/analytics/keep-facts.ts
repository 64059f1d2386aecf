import type { Tx } from '@pramaan/db'
import { type SQL, sql } from 'drizzle-orm'
import { answerFacts, messageFacts, type Named, relationOf, type Touched, textFacts } from './facts.ts'
import { type AdvisorDays, lookUpByIndex } from './roll-up.ts'

const COLUMNS = sql.raw(
  'advisor_id, object_id, kind, rule, occurred_at, day, hour, content_id, campaign_id, message_id, language, template, family, value',
)

/** What may have to be counted anew: days of firms, and days of texts, which the platform's numbers are about. */
export interface Changed {
  firms: AdvisorDays[]
  textDays: string[]
}

/**
 * Makes the facts of some things equal to what the rows of the other domains say of them now, so that it does not matter
 * in which order, how late or how often the log names them. Facts of things that are gone stay, and so does what was
 * counted of days before `firstDay`, of which facts may be detached.
 *
 * Only one transaction may do this at a time: the key of a fact has its time in it, as a partitioned table wants, so it is
 * this statement and not the index that keeps a fact from standing twice.
 */
export async function keepFacts(tx: Tx, { campaigns, people, contents }: Touched, firstDay: string): Promise<Changed> {
  await lookUpByIndex(tx)
  const recent = (facts: SQL) => sql`select * from (${facts}) told where day >= ${firstDay}::date`
  const ofMessages = [
    ...(campaigns.length > 0 ? await keep(tx, recent(messageFacts(campaigns)), await beginningOf(tx, campaigns)) : []),
    ...(campaigns.length + people.length > 0 ? await keep(tx, recent(answerFacts(people, campaigns)), ALL_TIME) : []),
  ]
  const ofTexts = contents.length > 0 ? await keep(tx, recent(textFacts(contents)), ALL_TIME) : []
  const unique = new Map([...ofMessages, ...ofTexts].map((one) => [`${one.advisorId} ${one.day}`, one]))
  return {
    firms: [...unique.values()].map(({ advisorId, day }) => ({ advisorId, from: day, to: day })),
    textDays: [...new Set(ofTexts.map(({ day }) => day))],
  }
}

const ALL_TIME = '-infinity'

/** @param since no fact in question is older: so the months before it are not looked at */
async function keep(tx: Tx, facts: SQL, since: string): Promise<{ advisorId: string; day: string }[]> {
  const changed = await tx.execute<{ advisorId: string; day: string }>(sql`
    with fact as materialized (${facts}), gone as (
      delete from analytics_events e using fact f
      where e.advisor_id = f.advisor_id and e.object_id = f.object_id and e.kind = f.kind and e.rule = f.rule
        and e.occurred_at >= ${since}::timestamptz
        and (e.occurred_at, e.day, e.hour, e.content_id, e.campaign_id, e.message_id, e.language, e.template, e.family, e.value)
          is distinct from (f.occurred_at, f.day, f.hour, f.content_id, f.campaign_id, f.message_id, f.language, f.template, f.family, f.value)
      returning e.advisor_id, e.day
    )
    select distinct advisor_id as "advisorId", day::text as day from gone`)
  const added = await tx.execute<{ advisorId: string; day: string }>(sql`
    with fact as materialized (${facts}), made as (
      insert into analytics_events (${COLUMNS}) select ${COLUMNS} from fact where occurred_at is not null
      on conflict do nothing returning advisor_id, day
    )
    select distinct advisor_id as "advisorId", day::text as day from made`)
  return [...changed.rows, ...added.rows]
}

/** Before anything of these campaigns happened. A day more, as several machines' clocks are in it. */
async function beginningOf(tx: Tx, campaigns: readonly Named[]): Promise<string> {
  const { rows } = await tx.execute<{ since: string | null }>(sql`
    select (min(c.created_at) - interval '1 day')::text as since
    from ${relationOf(campaigns)} join campaigns c on c.advisor_id = touched.advisor_id and c.id = touched.id`)
  return rows[0]?.since ?? ALL_TIME
}
