import type { Queries } from '@pramaan/db'
import { schema } from '@pramaan/db'
import { istDay } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { standingOf } from '../billing/index.ts'
import type { Observation } from './rules/churn-features.ts'
import { dayAfter } from './rules/range.ts'

const { subscriptions } = schema
const DAY_MS = 86_400_000
const QUARTER_MS = 90 * DAY_MS

/** A firm that pays, as it is at a moment. */
export interface Observed {
  advisorId: string
  /** It has asked to end. */
  announced: boolean
  observation: Observation
}

/** Of all firms that pay at a moment, what is counted of each. */
export async function observeFirms(queries: Queries, now: Date): Promise<Observed[]> {
  const bills = await readBills(queries, now)
  const counts = await readCounts(queries, now)
  return [...bills].map(([advisorId, { announced, ...bill }]) => {
    const counted = counts.get(advisorId)
    if (!counted) throw new Error('a firm that pays is no advisor')
    return { advisorId, announced, observation: { ...counted, ...bill } }
  })
}

type Bill = Pick<Observation, 'chargeFailing' | 'downgraded' | 'daysPaid' | 'yearly'> & { announced: boolean }

const columns = {
  advisorId: subscriptions.advisorId,
  id: subscriptions.id,
  tier: subscriptions.tier,
  period: subscriptions.period,
  pricePaise: subscriptions.pricePaise,
  payment: subscriptions.payment,
  state: subscriptions.state,
  startsAt: subscriptions.startsAt,
  currentStart: subscriptions.currentStart,
  paidUntil: subscriptions.paidUntil,
  cancelAt: subscriptions.cancelAt,
  endedAt: subscriptions.endedAt,
  replacesId: subscriptions.replacesId,
  createdAt: subscriptions.createdAt,
}
type Subscription = Pick<typeof subscriptions.$inferSelect, keyof typeof columns>

async function readBills(queries: Queries, now: Date): Promise<Map<string, Bill>> {
  const rows: Subscription[] = await queries.select(columns).from(subscriptions)
  const byFirm = Map.groupBy(rows, ({ advisorId }) => advisorId)
  return new Map(
    [...byFirm].flatMap(([advisorId, all]) => {
      const bill = billOf(all, now)
      return bill ? [[advisorId, bill] as const] : []
    }),
  )
}

/** @returns null for a firm that does not pay: it has nothing, or tries it out */
function billOf(all: readonly Subscription[], now: Date): Bill | null {
  const paying = all.filter((one) => ['paid', 'grace'].includes(standingOf(one, now)))
  const main = paying.toSorted((a, b) => Number(b.paidUntil ?? 0) - Number(a.paidUntil ?? 0))[0]
  if (!main) return null
  const follows = all.some(
    ({ replacesId, endedAt, state }) =>
      replacesId === main.id && endedAt === null && ['authenticated', 'active'].includes(state),
  )
  const left = (main.paidUntil?.getTime() ?? 0) - now.getTime()
  return {
    announced: (main.cancelAt !== null || main.state === 'cancelled') && !follows,
    chargeFailing: ['pending', 'halted'].includes(main.state) || standingOf(main, now) === 'grace',
    downgraded: all.some((one) => becameCheaper(one, all, now)),
    daysPaid: Math.max(0, Math.ceil(left / DAY_MS)),
    yearly: main.period === 'yearly',
  }
}

const perMonth = ({ pricePaise, period }: Subscription): number => pricePaise / (period === 'yearly' ? 12 : 1)

function becameCheaper(one: Subscription, all: readonly Subscription[], now: Date): boolean {
  const before = all.find(({ id }) => id === one.replacesId)
  const isRecent = now.getTime() - one.createdAt.getTime() < QUARTER_MS
  return before !== undefined && isRecent && one.tier !== before.tier && perMonth(one) < perMonth(before)
}

type Counts = Omit<Observation, keyof Bill>

async function readCounts(queries: Queries, now: Date): Promise<Map<string, Counts>> {
  const today = istDay(now)
  const [recent, before] = [dayAfter(today, -29), dayAfter(today, -89)]
  const quarter = new Date(now.getTime() - QUARTER_MS).toISOString()
  const moment = now.toISOString()
  const { rows } = await queries.execute<Counts & { advisorId: string }>(sql`
    with texts as (
      select advisor_id, sum(judged) filter (where day >= ${recent}) as recent,
        sum(judged) filter (where day < ${recent}) as before, sum(sent_back) filter (where day >= ${recent}) as sent_back
      from analytics_texts where day between ${before} and ${today} group by advisor_id
    ), messages as (
      select advisor_id, sum(sent) filter (where day >= ${recent}) as recent,
        sum(sent) filter (where day < ${recent}) as before, sum(failed) filter (where day >= ${recent}) as failed
      from analytics_messages where day between ${before} and ${today} group by advisor_id
    ), people as (
      select advisor_id, max(last_sign_in_at) as last_sign_in_at,
        sum((select count(*) from grievances g where g.user_id = m.user_id and raised_at > ${quarter})) as grievances
      from members m join users u on u.id = m.user_id group by advisor_id
    ), late as (
      select advisor_id, count(*) as reviews from reviews
      where kind <> 'second_look' and created_at > ${quarter} and case
        when state in ('approved', 'rejected') then updated_at > due_at
        when state in ('open', 'claimed') then due_at < ${moment} end
      group by advisor_id
    ), paid as (
      select advisor_id, min(paid_at) as first_at from payments where amount_paise > 0 group by advisor_id
    )
    select a.id as "advisorId", coalesce(texts.recent, 0)::int as "textsRecent",
      coalesce(texts.before, 0)::int as "textsBefore", coalesce(sent_back, 0)::int as "sentBackRecent",
      coalesce(messages.recent, 0)::int as "messagesRecent", coalesce(messages.before, 0)::int as "messagesBefore",
      coalesce(failed, 0)::int as "failedRecent",
      least(90, coalesce(greatest(0, extract(day from ${moment}::timestamptz - last_sign_in_at)), 90))::int
        as "daysSinceSignIn",
      coalesce(late.reviews, 0)::int as "lateReviews", coalesce(grievances, 0)::int as grievances,
      coalesce(extract(day from ${moment}::timestamptz - first_at), 0)::int as "tenureDays"
    from advisors a left join texts on texts.advisor_id = a.id left join messages on messages.advisor_id = a.id
      left join people on people.advisor_id = a.id left join late on late.advisor_id = a.id
      left join paid on paid.advisor_id = a.id`)
  return new Map(rows.map(({ advisorId, ...counts }) => [advisorId, counts]))
}
