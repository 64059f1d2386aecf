import { type SQL, sql } from 'drizzle-orm'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'

/** Things of firms that the log named, by kind: each list pairs an advisor with an id. */
export interface Touched {
  campaigns: Named[]
  /** Recipients who answered, stopped, or turned out to be one with another. */
  people: Named[]
  contents: Named[]
}

export interface Named {
  advisorId: string
  id: string
}

/** A relation `(advisor_id, id)` of some things. */
export const relationOf = (things: readonly Named[]): SQL =>
  sql`unnest(${sql.param(things.map(({ advisorId }) => advisorId))}::uuid[],
    ${sql.param(things.map(({ id }) => id))}::uuid[]) as touched (advisor_id, id)`

/** Day and hour in India under which a fact is counted. */
const countedAt = sql.raw(`(m.counted_at at time zone 'Asia/Kolkata')::date as day,
    extract(hour from m.counted_at at time zone 'Asia/Kolkata')::smallint as hour`)

/** What a message is sent about and as; all of it fixed when its campaign is made. */
const CAMPAIGN = sql.raw(`campaigns c
  left join approvals a on a.advisor_id = c.advisor_id and a.id = c.approval_id
  left join content_versions v on v.advisor_id = c.advisor_id and v.id = a.version_id
  left join whatsapp_templates t on t.advisor_id = c.advisor_id and t.id = c.template_id`)

/** The firm's template, else that of the product. */
const TEMPLATE = sql`coalesce(t.name, ${WHATSAPP_TEMPLATE.name}::text) as template`

/** When WhatsApp took a delivery, by the earliest word that it did. */
const TAKEN = sql.raw('least(d.accepted_at, d.sent_at, d.delivered_at, d.read_at)')

/** The moment under which all facts of a delivery are counted: the sending, or its failure where there was none. */
const COUNTED = sql`greatest(coalesce(${TAKEN}, d.failed_at), d.created_at)`

/**
 * What became of the messages of some campaigns. Each fact of a delivery is a row, with the time null where it is not so
 * (any more): a message that we gave up on may turn out to have arrived. Whoever read a message got it, and whoever got
 * it was sent it, whatever WhatsApp left out. No time lies before the sending, whatever clock it was told by.
 */
export const messageFacts = (campaigns: readonly Named[]): SQL => sql`
  select m.advisor_id, m.id as object_id, told.kind, '' as rule,
    case when told.at is not null then greatest(told.at, m.counted_at) end as occurred_at, ${countedAt},
    m.content_id, m.campaign_id, m.id as message_id, m.language, m.template,
    null::text as family, told.value
  from (
    select d.*, c.content_id, v.language, ${TEMPLATE}, ${TAKEN} as taken_at, least(d.delivered_at, d.read_at) as arrived_at,
      ${COUNTED} as counted_at
    from ${relationOf(campaigns)} join ${CAMPAIGN} on c.advisor_id = touched.advisor_id and c.id = touched.id
    join deliveries d on d.advisor_id = c.advisor_id and d.campaign_id = c.id
  ) m
  left join (
    select k.advisor_id, k.delivery_id, min(k.priced_at) as at, sum(k.amount_millipaise)::bigint as amount
    from ${relationOf(campaigns)}
    join message_costs k on k.advisor_id = touched.advisor_id and k.campaign_id = touched.id
    group by 1, 2
  ) cost on cost.advisor_id = m.advisor_id and cost.delivery_id = m.id
  cross join lateral (values
    ('message.sent', m.taken_at, null::bigint),
    ('message.delivered', m.arrived_at, null),
    ('message.read', m.read_at, null),
    ('message.failed', case when m.state = 'failed' then m.failed_at end, null),
    ('message.priced', cost.at, cost.amount)
  ) as told (kind, at, value)`

/** What somebody does within a week after a message is counted to it, where nothing names another one. */
const ANSWER_WINDOW = sql.raw(`interval '7 days'`)

/**
 * What recipients did: those that the log named, and those of campaigns of which it told something new, as a message of
 * which we hear late may be the one that was answered. A reply belongs to the message that it answers by WhatsApp's word;
 * another one, and a stop, to the last message that the person was sent. A word that means stop is no reply. The answers
 * themselves may be gone by now, as their person was erased: then nothing is said of them here, and what was counted
 * stays.
 */
export const answerFacts = (people: readonly Named[], campaigns: readonly Named[]): SQL => sql`
  select answer.advisor_id, answer.id as object_id, answer.kind, '' as rule,
    greatest(answer.at, m.counted_at) as occurred_at, ${countedAt},
    m.content_id, m.campaign_id, m.id as message_id, m.language, m.template,
    null::text as family, null::bigint as value
  from (
    with person as (
      select * from ${relationOf(people)}
      union
      select d.advisor_id, d.recipient_id from ${relationOf(campaigns)}
      join deliveries d on d.advisor_id = touched.advisor_id and d.campaign_id = touched.id
    )
    select r.advisor_id, r.id, r.recipient_id, 'message.replied' as kind, r.received_at as at, r.delivery_id
    from person join replies r on r.advisor_id = person.advisor_id and r.recipient_id = person.id
    where not exists (select from consents k where k.advisor_id = r.advisor_id and k.recipient_id = r.recipient_id
      and k.action = 'withdrawn' and k.occurred_at = r.received_at)
    union all
    select k.advisor_id, k.id, k.recipient_id, 'message.opted_out', k.occurred_at, null
    from person join consents k on k.advisor_id = person.advisor_id and k.recipient_id = person.id
    where k.action = 'withdrawn'
  ) answer
  cross join lateral (
    select d.id, d.campaign_id, c.content_id, v.language, ${TEMPLATE}, ${COUNTED} as counted_at
    from deliveries d join ${CAMPAIGN} on c.advisor_id = d.advisor_id and c.id = d.campaign_id
    where d.advisor_id = answer.advisor_id and d.id = answer.delivery_id
    union all
    (select d.id, d.campaign_id, c.content_id, v.language, ${TEMPLATE}, ${COUNTED}
    from deliveries d join ${CAMPAIGN} on c.advisor_id = d.advisor_id and c.id = d.campaign_id
    where answer.delivery_id is null and d.advisor_id = answer.advisor_id and d.recipient_id = answer.recipient_id
      and ${TAKEN} between answer.at - ${ANSWER_WINDOW} and answer.at
    order by ${TAKEN} desc, d.id desc limit 1)
  ) m`

/**
 * What was decided about some texts: each verdict with its outcome and the rules that found something, each approval with
 * the seconds since its text was submitted, each rejection by an officer, and how many findings of a rule officers set
 * aside in a review, from the first of them on. A second look that ends an approval rejects a text; an appeal that fails
 * rejects nothing anew.
 */
export const textFacts = (contents: readonly Named[]): SQL => sql`
  select m.advisor_id, m.object_id, m.kind, m.rule, m.counted_at as occurred_at, ${countedAt},
    m.content_id, null::uuid as campaign_id, null::uuid as message_id, v.language, null::text as template,
    m.family, m.value
  from ${relationOf(contents)} cross join lateral (
    select j.advisor_id, j.id as object_id, told.kind, told.rule, told.family, told.value, j.content_id, j.version_id,
      j.created_at as counted_at
    from verdicts j cross join lateral (
      values ('text.judged', '', null, j.score::bigint)
      union all select 'text.clean', '', null, null where j.outcome = 'clean'
      union all select 'text.sent_back', '', null, null where j.outcome = 'changes_required'
      union all select 'text.found', found->>'ruleId', min(found->>'family'), null
        from jsonb_array_elements(j.findings) as found group by 2
    ) as told (kind, rule, family, value)
    where j.advisor_id = touched.advisor_id and j.content_id = touched.id
    union all
    select a.advisor_id, a.id, 'text.approved', '', null, extract(epoch from a.created_at - k.created_at)::bigint,
      a.content_id, a.version_id, a.created_at
    from approvals a join verdicts j on j.advisor_id = a.advisor_id and j.id = a.verdict_id
    join compliance_checks k on k.advisor_id = j.advisor_id and k.id = j.check_id
    where a.advisor_id = touched.advisor_id and a.content_id = touched.id
    union all
    select r.advisor_id, r.id, 'text.rejected', '', null, null, r.content_id, r.version_id, r.updated_at
    from reviews r where r.advisor_id = touched.advisor_id and r.content_id = touched.id
      and r.state = 'rejected' and r.kind in ('decision', 'second_look')
    union all
    select r.advisor_id, r.id, 'text.set_aside', j.findings->o.finding->>'ruleId', min(j.findings->o.finding->>'family'),
      count(distinct o.finding), r.content_id, r.version_id, min(o.created_at)
    from reviews r join verdicts j on j.advisor_id = r.advisor_id and j.id = r.verdict_id
    join finding_overrides o on o.advisor_id = r.advisor_id and o.review_id = r.id
    where r.advisor_id = touched.advisor_id and r.content_id = touched.id
    group by r.advisor_id, r.id, 4
  ) m
  join content_versions v on v.advisor_id = m.advisor_id and v.id = m.version_id`
