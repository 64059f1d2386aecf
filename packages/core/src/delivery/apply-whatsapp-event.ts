import { schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import { settleEvent, takeEvent } from '../platform/inbox.ts'
import type { Job } from '../platform/queue.ts'
import { command } from '../platform/use-case.ts'
import { type AccountChange, applyAccountChange } from './apply-account-change.ts'
import { applyStatuses, type StatusChange } from './apply-statuses.ts'
import { completeCampaign } from './complete-campaign.ts'
import { applyEventJob } from './jobs.ts'
import { messageRef } from './message-ref.ts'
import { advisorsOfNumbers } from './queries.ts'
import { phoneHash } from './recipient-phone.ts'
import { type Preference, recordPreference } from './record-preference.ts'
import { parseWebhook, type WhatsappChange } from './rules/webhook-event.ts'

const { deliveries, recipients } = schema

type PersonalChange = Extract<WhatsappChange, { kind: 'preference' | 'stop_word' }>

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
      reason: 'unknown number or form',
    }
    const [first, ...rest] = homeless ? [...made.audit, parked] : made.audit
    const output = made.campaigns
    if (first) return { output, audit: [first, ...rest], jobs: made.jobs }
    return { output, unchanged: true }
  },
})

/** @returns whether something was about a number or account that nobody of ours has */
async function applyChanges(ctx: CommandCtx, changes: WhatsappChange[], made: Consequences): Promise<boolean> {
  const aboutNumbers = changes.filter((change) => 'phoneNumberId' in change)
  const numbers = [...new Set(aboutNumbers.map((change) => change.phoneNumberId))]
  const owners = await advisorsOfNumbers(ctx.tx, numbers)
  let homeless = false
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

const isAccountChange = (change: WhatsappChange): change is AccountChange =>
  change.kind === 'template' || change.kind === 'account'

/** Wishes come first: somebody who said stop is past being written to, whatever else the webhook holds. */
async function applyForAdvisor(
  ctx: CommandCtx,
  advisorId: string,
  changes: WhatsappChange[],
  made: Consequences,
): Promise<void> {
  for (const change of changes) {
    if (change.kind !== 'preference' && change.kind !== 'stop_word') continue
    const recipientId = await recipientOf(ctx, advisorId, change)
    if (recipientId !== null) await applyWish(ctx, { advisorId, recipientId, ...wishOf(change), at: change.at }, made)
  }
  const statuses = changes.filter((change): change is StatusChange => change.kind === 'status')
  if (statuses.length === 0) return
  const applied = await applyStatuses(ctx, advisorId, statuses)
  made.audit.push(...applied.audit)
  made.campaigns.push(...applied.campaignIds.map((campaignId) => ({ advisorId, campaignId })))
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

const wishOf = (change: PersonalChange): Pick<Preference, 'wants' | 'source' | 'wording'> =>
  change.kind === 'preference'
    ? {
        wants: change.wants,
        source: 'whatsapp: preference',
        wording:
          change.wants === 'stop'
            ? 'Stopped marketing messages in WhatsApp.'
            : 'Resumed marketing messages in WhatsApp.',
      }
    : { wants: 'stop', source: 'whatsapp: stop word', wording: 'Answered with a word that means stop.' }

const recipientByPhone = statement((queries) =>
  queries
    .select({ id: recipients.id })
    .from(recipients)
    .where(
      and(eq(recipients.advisorId, sql.placeholder('advisorId')), eq(recipients.phoneHash, sql.placeholder('hash'))),
    )
    .prepare('delivery_recipient_by_phone'),
)

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

/** Who said it: by phone, or, when WhatsApp hides the phone, by the message that was answered. */
async function recipientOf(ctx: CommandCtx, advisorId: string, change: PersonalChange): Promise<string | null> {
  if (change.phone !== null) {
    const hash = phoneHash(ctx.keys, advisorId, change.phone)
    const [row] = await recipientByPhone(ctx.tx).execute({ advisorId, hash })
    if (row) return row.id
  }
  if (change.kind !== 'stop_word' || change.repliesTo === null) return null
  const [row] = await recipientByMessage(ctx.tx).execute({
    advisorId,
    messageId: messageRef(ctx.keys, change.repliesTo),
  })
  return row?.id ?? null
}

/**
 * Job `delivery.apply-event`: decides what a stored webhook means. Numbers are matched to the advisor whose they are;
 * what is about nobody of ours is parked and attached to nobody. A second run finds the event settled.
 */
export async function applyWhatsappEvent(ctx: Ctx, payload: unknown): Promise<void> {
  const campaigns = await apply(ctx, applyEventJob.payload.parse(payload))
  for (const { advisorId, campaignId } of campaigns) await completeCampaign(ctx, advisorId, campaignId)
}
