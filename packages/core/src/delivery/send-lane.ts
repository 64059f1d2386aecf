import { schema, statement } from '@pramaan/db'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { consented } from './queries.ts'
import { DAY_MS, type Lane, PAIR_GAP_MS } from './rules/pace.ts'

const { deliveries, recipients, sendLanes } = schema
const given = sql.placeholder
type Tx = CommandCtx['tx']

const lock = statement((queries) =>
  queries
    .insert(sendLanes)
    .values({ advisorId: sql`${given('advisorId')}`, takenAt: sql`now()`, taken: 0 })
    .onConflictDoUpdate({ target: sendLanes.advisorId, set: { taken: sendLanes.taken } })
    .returning({
      takenAt: sendLanes.takenAt,
      taken: sendLanes.taken,
      pausedUntil: sendLanes.pausedUntil,
      wakeAt: sendLanes.wakeAt,
      now: sql<Date>`clock_timestamp()`.mapWith(sendLanes.takenAt),
    })
    .prepare('delivery_lock_lane'),
)

/** The pace of an advisor's number, locked until the transaction ends: who takes deliveries does it one after the other. */
export async function lockLane(tx: Tx, advisorId: string): Promise<Lane & { wakeAt: Date | null }> {
  const [lane] = await lock(tx).execute({ advisorId })
  if (!lane) throw new Error('an upsert returned nothing')
  return lane
}

const move = statement((queries) =>
  queries
    .update(sendLanes)
    .set({
      takenAt: sql`${given('takenAt')}::timestamptz`,
      taken: sql`${given('taken')}::integer`,
      wakeAt: sql`${given('wakeAt')}::timestamptz`,
    })
    .where(eq(sendLanes.advisorId, given('advisorId')))
    .prepare('delivery_move_lane'),
)

export const moveLane = (tx: Tx, lane: { advisorId: string; takenAt: Date; taken: number; wakeAt: Date | null }) =>
  move(tx).execute({ ...lane, takenAt: lane.takenAt.toISOString(), wakeAt: lane.wakeAt?.toISOString() ?? null })

const pause = statement((queries) =>
  queries
    .update(sendLanes)
    .set({
      pausedUntil: sql`greatest(${sendLanes.pausedUntil}, clock_timestamp() + ${given('milliseconds')} * interval '1 millisecond')`,
    })
    .where(eq(sendLanes.advisorId, given('advisorId')))
    .prepare('delivery_pause_lane'),
)

/** Nothing of the advisor is taken for so long: WhatsApp said that its number, account or our app is too fast. */
export const pauseLane = (tx: Tx, advisorId: string, milliseconds: number) =>
  pause(tx).execute({ advisorId, milliseconds })

const reached = statement((queries) =>
  queries
    .select({ people: sql<number>`count(*)::integer` })
    .from(recipients)
    .where(
      and(
        eq(recipients.advisorId, given('advisorId')),
        sql`${recipients.lastSentAt} > ${given('since')}::timestamptz`,
        sql`(${recipients.lastInboundAt} is null or ${recipients.lastInboundAt} < ${recipients.lastSentAt} - interval '24 hours')`,
      ),
    )
    .prepare('delivery_reached_people'),
)

/** How many persons were written to within the last day outside of a conversation. */
export async function countReached(tx: Tx, advisorId: string, now: Date): Promise<number> {
  const since = new Date(now.getTime() - DAY_MS).toISOString()
  return (await reached(tx).execute({ advisorId, since }))[0]?.people ?? 0
}

/** A delivery that may be sent as far as the time goes. */
export interface Due {
  id: string
  createdAt: Date
  campaignId: string
  approvalId: string
  templateId: string | null
  templateParameters: string[]
  recipientId: string
  /** Writing to the person reaches nobody new today. */
  reached: boolean
}

/**
 * The next ones: of campaigns that are sending, whose rows are locked against a hold; not before they are due; to one
 * person one after the other, in the order of the campaigns, with the gap of a pair between them.
 */
const READ_DUE = {
  name: 'delivery_read_due',
  text: `with running as materialized (
      select id, approval_id, template_id, template_parameters from campaigns where advisor_id = $1 and state = 'sending' order by id for share
    )
    select next.id, next.created_at as "createdAt", next.campaign_id as "campaignId",
      next.recipient_id as "recipientId", running.approval_id as "approvalId",
      running.template_id as "templateId", running.template_parameters as "templateParameters", next.reached
    from running cross join lateral (
      select d.id, d.created_at, d.campaign_id, d.recipient_id, d.due_at,
        coalesce(p.last_sent_at > $2::timestamptz - $5 * interval '1 millisecond'
          or p.last_inbound_at > $2::timestamptz - $5 * interval '1 millisecond', false) as reached
      from deliveries d left join recipients p on p.advisor_id = $1 and p.id = d.recipient_id
      where d.advisor_id = $1 and d.campaign_id = running.id and d.state = 'queued' and d.due_at <= $2
        and (p.last_sent_at is null or p.last_sent_at <= $2::timestamptz - $6 * interval '1 millisecond')
        and (p.not_before is null or p.not_before <= $2)
        and (not $4 or p.last_sent_at > $2::timestamptz - $5 * interval '1 millisecond'
          or p.last_inbound_at > $2::timestamptz - $5 * interval '1 millisecond')
        and not exists (
          select from deliveries o
          where o.advisor_id = $1 and o.recipient_id = d.recipient_id and o.id <> d.id and (o.state = 'claimed'
            or o.state = 'queued' and o.id < d.id and o.campaign_id in (select id from running)))
      order by d.due_at, d.id limit $3
    ) as next
    order by next.due_at, next.id limit $3`,
}

export async function readDue(
  ctx: CommandCtx,
  wanted: { advisorId: string; most: number; reachedOnly: boolean },
): Promise<Due[]> {
  const { advisorId, most, reachedOnly } = wanted
  const values = [advisorId, ctx.now(), most, reachedOnly, DAY_MS, PAIR_GAP_MS]
  return (await ctx.tx.$client.query<Due>({ ...READ_DUE, values })).rows
}

const left = {
  name: 'delivery_due_left',
  text: `select exists (
      select from campaigns c join deliveries d on d.advisor_id = c.advisor_id and d.campaign_id = c.id
      where c.advisor_id = $1 and c.state = 'sending' and d.state = 'queued' and d.due_at <= $2) as left`,
}

/** Whether something that is due still waits, for its person, the day's limit or the pace. */
export async function isDueLeft(ctx: CommandCtx, advisorId: string): Promise<boolean> {
  const { rows } = await ctx.tx.$client.query<{ left: boolean }>({ ...left, values: [advisorId, ctx.now()] })
  return rows[0]?.left === true
}

const people = statement((queries) =>
  queries
    .select({
      id: recipients.id,
      state: recipients.state,
      phone: recipients.phone,
      bsuid: recipients.bsuid,
      consented: consented(queries),
    })
    .from(recipients)
    .where(and(eq(recipients.advisorId, given('advisorId')), sql`${recipients.id} = any(${given('ids')}::uuid[])`))
    .orderBy(asc(recipients.id))
    .for('update')
    .prepare('delivery_lock_people'),
)

/** The persons with what decides about them, locked, so that nobody's opt-out slips in between here and the claim. */
export const lockPeople = (tx: Tx, advisorId: string, ids: string[]) => people(tx).execute({ advisorId, ids })

const marked = statement((queries) =>
  queries
    .update(recipients)
    .set({ lastSentAt: sql`${given('now')}::timestamptz` })
    .where(and(eq(recipients.advisorId, given('advisorId')), sql`${recipients.id} = any(${given('ids')}::uuid[])`))
    .prepare('delivery_mark_people'),
)

export const markWritten = (ctx: CommandCtx, advisorId: string, ids: string[]) =>
  marked(ctx.tx).execute({ advisorId, ids, now: ctx.now().toISOString() })

/** Each claim by a token of its own; a row that somebody else has moved stays as it is. */
const CLAIM = {
  name: 'delivery_claim',
  text: `update deliveries d set state = 'claimed', attempts = d.attempts + 1, claim_token = wanted.token,
      claimed_until = $3, updated_at = $4
    from jsonb_to_recordset($2::jsonb) as wanted(id uuid, created_at timestamptz, token uuid)
    where d.advisor_id = $1 and d.id = wanted.id and d.created_at = wanted.created_at and d.state = 'queued'
    returning d.id, d.attempts`,
}

export async function claimDue(
  ctx: CommandCtx,
  wanted: { advisorId: string; until: Date; rows: { id: string; createdAt: Date; token: string }[] },
): Promise<Map<string, number>> {
  const rows = wanted.rows.map(({ id, createdAt, token }) => ({ id, created_at: createdAt, token }))
  const values = [wanted.advisorId, JSON.stringify(rows), wanted.until, ctx.now()]
  const claimed = await ctx.tx.$client.query<{ id: string; attempts: number }>({ ...CLAIM, values })
  return new Map(claimed.rows.map((row) => [row.id, row.attempts]))
}

const cancel = statement((queries) =>
  queries
    .update(deliveries)
    .set({ state: 'cancelled', reason: sql`${given('reason')}`, updatedAt: sql`${given('now')}::timestamptz` })
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        sql`${deliveries.id} = any(${given('ids')}::uuid[])`,
        eq(deliveries.state, 'queued'),
      ),
    )
    .returning({ id: deliveries.id })
    .prepare('delivery_cancel_due'),
)

export async function cancelDue(
  ctx: CommandCtx,
  wanted: { advisorId: string; ids: string[]; reason: string },
): Promise<string[]> {
  const rows = await cancel(ctx.tx).execute({ ...wanted, now: ctx.now().toISOString() })
  return rows.map((row) => row.id)
}
