import { schema, statement } from '@pramaan/db'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import { settleEvent, takeEvent } from '../platform/inbox.ts'
import type { Job } from '../platform/queue.ts'
import { command } from '../platform/use-case.ts'
import { type AccountChange, applyAccountChange } from './apply-account-change.ts'
import { applyStatuses, type StatusChange } from './apply-statuses.ts'
import { completeCampaign } from './complete-campaign.ts'
import { changePhone, findPerson } from './find-person.ts'
import { applyEventJob } from './jobs.ts'
import { messageRef } from './message-ref.ts'
import { advisorsOfNumbers } from './queries.ts'
import { type Preference, recordPreference } from './record-preference.ts'
import { type MessageChange, recordReplies } from './record-replies.ts'
import { parseWebhook, type WhatsappChange, type Who } from './rules/webhook-event.ts'

const { deliveries, recipients } = schema

type Preferred = Extract<WhatsappChange, { kind: 'preference' }>

/** What one webhook changes so far. */
interface Consequences {
  audit: AuditEntry[]
  jobs: Job[]
  campaigns: { advisorId: string; campaignId: string }[]
}

const apply = command({
  name: 'webhook.apply',
  input: applyEventJob.payload,
  async run(ctx, { eventId }) {
    const event = await takeEvent(ctx, eventId)
    if (!event) return { output: [], unchanged: true }
    const changes = parseWebhook(event.rawBody, event.receivedAt)
    const made: Consequences = { audit: [], jobs: [], campaigns: [] }
    const homeless = changes === null || (await applyChanges(ctx, changes, made))
    await settleEvent(ctx, eventId, homeless ? 'parked' : 'applied')
    const parked = {
      action: 'webhook.parked',
      objectType: 'webhook',
      objectId: eventId,
      reason: 'a number, a field or a form that is not known',
    }
    const [first, ...rest] = homeless ? [...made.audit, parked] : made.audit
    const output = made.campaigns
    if (first) return { output, audit: [first, ...rest], jobs: made.jobs }
    return { output, unchanged: true }
  },
})

/** @returns whether something could not be read, or was about a number or account that nobody of ours has */
async function applyChanges(ctx: CommandCtx, changes: WhatsappChange[], made: Consequences): Promise<boolean> {
  const aboutNumbers = changes.filter((change) => 'phoneNumberId' in change)
  const numbers = [...new Set(aboutNumbers.map((change) => change.phoneNumberId))]
  const owners = await advisorsOfNumbers(ctx.tx, numbers)
  let homeless = changes.some((change) => change.kind === 'unread')
  for (const [advisorId, mine] of Map.groupBy(aboutNumbers, (change) => owners.get(change.phoneNumberId))) {
    if (advisorId === undefined) homeless = true
    else await applyForAdvisor(ctx, advisorId, mine, made)
  }
  for (const change of changes) {
    if (!isAccountChange(change)) continue
    const applied = await applyAccountChange(ctx, change)
    made.audit.push(...applied.audit)
    made.jobs.push(...applied.jobs)
    homeless ||= !applied.known
  }
  return homeless
}

const isAccountChange = (change: WhatsappChange): change is AccountChange => 'wabaId' in change

/** Wishes come first: somebody who said stop is past being written to, whatever else the webhook holds. */
async function applyForAdvisor(
  ctx: CommandCtx,
  advisorId: string,
  changes: WhatsappChange[],
  made: Consequences,
): Promise<void> {
  const of = <Kind extends WhatsappChange['kind']>(kind: Kind) =>
    changes.filter((change): change is Extract<WhatsappChange, { kind: Kind }> => change.kind === kind)
  await applyWords(ctx, advisorId, of('message'), made)
  for (const change of of('preference')) {
    const { row, audit } = await findPerson(ctx, advisorId, change.who)
    made.audit.push(...audit)
    if (row) await applyWish(ctx, { advisorId, recipientId: row.id, ...wishOf(change), at: change.at }, made)
  }
  const statuses = of('status')
  if (statuses.length > 0) await applyNews(ctx, advisorId, statuses, made)
  for (const change of of('number_changed')) made.audit.push(...(await changePhone(ctx, advisorId, change)))
}

/** What people wrote: kept, forwarded, and heeded where it means stop. Who is unknown yet is put on record with it. */
async function applyWords(
  ctx: CommandCtx,
  advisorId: string,
  messages: MessageChange[],
  made: Consequences,
): Promise<void> {
  const written: { recipientId: string; change: MessageChange }[] = []
  for (const change of messages) {
    const recipientId = await writerOf(ctx, advisorId, change, made)
    if (recipientId !== null) written.push({ recipientId, change })
  }
  const recorded = await recordReplies(ctx, advisorId, written)
  made.audit.push(...recorded.audit)
  made.jobs.push(...recorded.jobs)
  for (const { recipientId, change } of written.filter((one) => one.change.isStop)) {
    const wording = 'Answered with a word that means stop.'
    const wish = { wants: 'stop' as const, source: 'whatsapp: stop word', wording, at: change.at }
    await applyWish(ctx, { advisorId, recipientId, ...wish }, made)
  }
}

/** Who wrote: by phone or id, or, when WhatsApp hides the phone, by the message that was answered. */
async function writerOf(
  ctx: CommandCtx,
  advisorId: string,
  change: MessageChange,
  made: Consequences,
): Promise<string | null> {
  if (change.repliesTo !== null) {
    const messageId = messageRef(ctx.keys, change.repliesTo)
    const [answered] = await recipientByMessage(ctx.tx).execute({ advisorId, messageId })
    if (answered) await learnAddress(ctx, advisorId, { recipientId: answered.id, who: change.who }, made)
  }
  const { row, audit } = await findPerson(ctx, advisorId, change.who, { name: change.name })
  made.audit.push(...audit)
  return row?.id ?? null
}

/** What became of messages. */
async function applyNews(ctx: CommandCtx, advisorId: string, statuses: StatusChange[], made: Consequences) {
  const applied = await applyStatuses(ctx, advisorId, statuses)
  made.audit.push(...applied.audit)
  made.jobs.push(...applied.jobs)
  made.campaigns.push(...applied.campaignIds.map((campaignId) => ({ advisorId, campaignId })))
  const strangers = await withoutId(ctx, advisorId, applied.met)
  for (const met of strangers) await learnAddress(ctx, advisorId, met, made)
  for (const { recipientId, code, at } of applied.stopped) {
    const wording = 'This person stopped marketing messages on WhatsApp.'
    const source = `whatsapp: error ${code}`
    await applyWish(ctx, { advisorId, recipientId, wants: 'stop', source, wording, at }, made)
  }
}

async function applyWish(ctx: CommandCtx, wish: Preference, made: Consequences): Promise<void> {
  const recorded = await recordPreference(ctx, wish)
  if (!recorded) return
  made.audit.push(recorded.audit)
  made.jobs.push(...recorded.jobs)
}

const wishOf = ({ wants }: Preferred): Pick<Preference, 'wants' | 'source' | 'wording'> => ({
  wants,
  source: 'whatsapp: preference',
  wording: wants === 'stop' ? 'Stopped marketing messages in WhatsApp.' : 'Resumed marketing messages in WhatsApp.',
})

interface Met {
  recipientId: string
  who: Who
}

const idless = statement((queries) =>
  queries
    .select({ id: recipients.id })
    .from(recipients)
    .where(
      and(
        eq(recipients.advisorId, sql.placeholder('advisorId')),
        sql`${recipients.id} = any(${sql.placeholder('ids')}::uuid[])`,
        isNull(recipients.bsuidHash),
      ),
    )
    .prepare('delivery_recipients_without_id'),
)

/** Those of whom WhatsApp tells its id for the first time. */
async function withoutId(ctx: CommandCtx, advisorId: string, met: Met[]): Promise<Met[]> {
  const named = new Map(met.filter(({ who }) => who.bsuid !== null).map((one) => [one.recipientId, one]))
  if (named.size === 0) return []
  const rows = await idless(ctx.tx).execute({ advisorId, ids: [...named.keys()] })
  return rows.flatMap((row) => named.get(row.id) ?? [])
}

/** Puts WhatsApp's id of a person beside the phone that we have; who had a record under that id becomes one with it. */
async function learnAddress(ctx: CommandCtx, advisorId: string, met: Met, made: Consequences): Promise<void> {
  const [row] = await ctx.tx
    .select()
    .from(recipients)
    .where(and(eq(recipients.advisorId, advisorId), eq(recipients.id, met.recipientId)))
  if (!row || met.who.bsuid === null) return
  const place = { table: 'recipients', column: 'phone', rowId: row.id }
  const phone = row.phone === null ? null : await ctx.keys.open(ctx.tx, advisorId, place, row.phone)
  const { audit } = await findPerson(ctx, advisorId, { phone, bsuid: met.who.bsuid })
  made.audit.push(...audit)
}

const recipientByMessage = statement((queries) =>
  queries
    .select({ id: deliveries.recipientId })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.advisorId, sql.placeholder('advisorId')),
        eq(deliveries.providerMessageId, sql.placeholder('messageId')),
      ),
    )
    .prepare('delivery_recipient_by_message'),
)

/**
 * Job `delivery.apply-event`: decides what a stored webhook means. Numbers are matched to the advisor whose they are;
 * what is about nobody of ours is parked and attached to nobody. A second run finds the event settled.
 */
export async function applyWhatsappEvent(ctx: Ctx, payload: unknown): Promise<void> {
  const campaigns = await apply(ctx, applyEventJob.payload.parse(payload))
  for (const { advisorId, campaignId } of campaigns) await completeCampaign(ctx, advisorId, campaignId)
}
