import { schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { errorClassOf } from '../clients/whatsapp/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { command } from '../platform/use-case.ts'
import { holdCampaign } from './hold-campaigns.ts'
import { reconcileJob, sendJob } from './jobs.ts'
import { markRefused } from './mark-refused.ts'
import { messageRef } from './message-ref.ts'
import { recordPreference } from './record-preference.ts'
import { type DeliveryEvent, statesBefore } from './rules/ladder.ts'
import { HOLD_REASONS } from './rules/may-send.ts'
import {
  backoffMs,
  MAX_ATTEMPTS,
  type RefusalEffect,
  refusalEffect,
  refusalReason,
  TOMORROW_MS,
} from './rules/refusals.ts'
import { pauseLane } from './send-lane.ts'
import { stopConnection } from './stop-connection.ts'

/** What came of a call. `lost`: no answer, the message may have gone out. */
export const Outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accepted'), messageId: z.string() }),
  z.strictObject({ kind: z.literal('lost') }),
  z.strictObject({ kind: z.literal('refused'), code: z.int().nullable(), retryable: z.boolean() }),
])
export type Outcome = z.infer<typeof Outcome>

/** How long we wait for a status webhook to tell what became of a lost call. */
export const UNKNOWN_MS = 6 * 3_600_000

const { deliveries } = schema
const given = sql.placeholder

/** Settles a claim. The message id is kept even when a status was faster than the answer. */
const settle = statement((queries) =>
  queries
    .update(deliveries)
    .set({
      state: sql`case when ${deliveries.state} = any(${given('from')}::text[]) then ${given('to')} else ${deliveries.state} end`,
      providerMessageId: sql`coalesce(${given('messageId')}::text, ${deliveries.providerMessageId})`,
      acceptedAt: sql`coalesce(${deliveries.acceptedAt}, ${given('acceptedAt')}::timestamptz)`,
      failedAt: sql`case when ${deliveries.state} = any(${given('from')}::text[]) then ${given('failedAt')}::timestamptz else ${deliveries.failedAt} end`,
      errorCode: sql`case when ${deliveries.state} = any(${given('from')}::text[]) then ${given('errorCode')}::integer else ${deliveries.errorCode} end`,
      reason: sql`case when ${deliveries.state} = any(${given('from')}::text[]) then ${given('reason')}::text else ${deliveries.reason} end`,
      claimedUntil: sql`${given('claimedUntil')}::timestamptz`,
      dueAt: sql`coalesce(${given('dueAt')}::timestamptz, ${deliveries.dueAt})`,
      updatedAt: sql`${given('now')}::timestamptz`,
    })
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        eq(deliveries.id, given('id')),
        eq(deliveries.claimToken, given('claimToken')),
      ),
    )
    .returning()
    .prepare('delivery_settle'),
)

/** What an outcome means for the delivery. */
interface Settlement {
  event: DeliveryEvent
  to: string
  action: string
  messageId?: string
  errorCode?: number | null
  reason?: string
  claimedUntil?: Date
  dueAt?: Date
  jobs?: Job[]
  effect?: RefusalEffect
}

/**
 * Records what came of a call. Only the holder of the claim can: a worker whose claim expired and was given to nobody
 * else still tells the truth about its own call, but never touches another's.
 */
export const recordOutcome = command({
  name: 'delivery.record',
  input: z.strictObject({
    advisorId: z.uuid(),
    deliveryId: z.uuid(),
    version: z.literal(1).optional(),
    claimToken: z.uuid(),
    outcome: Outcome,
  }),
  async run(ctx, { advisorId, deliveryId, claimToken, outcome }) {
    const [before] = await ctx.tx
      .select({ attempts: deliveries.attempts, campaignId: deliveries.campaignId, errorCode: deliveries.errorCode })
      .from(deliveries)
      .where(
        and(eq(deliveries.advisorId, advisorId), eq(deliveries.id, deliveryId), eq(deliveries.claimToken, claimToken)),
      )
    if (!before) return { output: null, unchanged: true }
    const settlement = settlementOf(ctx, { advisorId, deliveryId, ...before }, outcome)
    const { messageId } = settlement
    const ref = messageId === undefined ? null : messageRef(ctx.keys, messageId)
    const now = ctx.now().toISOString()
    const [row] = await settle(ctx.tx).execute({
      advisorId,
      id: deliveryId,
      claimToken,
      from: statesBefore(settlement.event),
      to: settlement.to,
      messageId: ref,
      acceptedAt: settlement.event === 'accept' ? now : null,
      failedAt: settlement.to === 'failed' ? now : null,
      errorCode: settlement.errorCode ?? null,
      reason: settlement.reason ?? null,
      claimedUntil: settlement.claimedUntil?.toISOString() ?? null,
      dueAt: settlement.dueAt?.toISOString() ?? null,
      now,
    })
    if (!row) return { output: null, unchanged: true }
    const entry: AuditEntry = {
      action: settlement.action,
      objectType: 'delivery',
      objectId: deliveryId,
      advisorId,
      from: 'claimed',
      to: row.state,
      ...(settlement.reason === undefined ? {} : { reason: settlement.reason }),
      detail: {
        campaignId: before.campaignId,
        ...(ref === null ? {} : { messageRef: ref }),
        ...(settlement.errorCode == null ? {} : { errorCode: settlement.errorCode }),
      },
    }
    const more = await widerEffects(ctx, row, settlement)
    return { output: null, audit: [entry, ...more.audit], jobs: [...(settlement.jobs ?? []), ...more.jobs] }
  },
})

interface Subject {
  advisorId: string
  deliveryId: string
  attempts: number
  /** Why it was put off before. */
  errorCode: number | null
}

function settlementOf(ctx: CommandCtx, subject: Subject, outcome: Outcome): Settlement {
  const { advisorId, deliveryId } = subject
  if (outcome.kind === 'accepted') {
    return { event: 'accept', to: 'accepted', action: 'delivery.accepted', messageId: outcome.messageId }
  }
  if (outcome.kind === 'lost') {
    const claimedUntil = new Date(ctx.now().getTime() + UNKNOWN_MS)
    return {
      event: 'lose',
      to: 'unknown',
      action: 'delivery.lost',
      reason: 'No answer came from WhatsApp; the message may have been sent. It is not sent again.',
      claimedUntil,
      jobs: [reconcileJob.with({ advisorId, deliveryId }, { startAfter: claimedUntil, groupId: advisorId })],
    }
  }
  return refusalOf(ctx, subject, outcome)
}

function refusalOf(ctx: CommandCtx, subject: Subject, refused: Extract<Outcome, { kind: 'refused' }>): Settlement {
  const { advisorId, deliveryId, attempts } = subject
  const errorClass = refused.code === null ? null : errorClassOf(refused.code)
  const effect = refusalEffect(refused.code, errorClass, refused.retryable)
  const reason = refusalReason(refused.code, errorClass)
  const shared = { errorCode: refused.code, reason, effect }
  const failed = { event: 'refuse', to: 'failed', action: 'delivery.failed', ...shared } as const
  if (effect.delivery === 'fail') return failed
  const released = {
    ...shared,
    event: 'release',
    to: 'queued',
    action: 'delivery.put_off',
    reason: `Not sent yet: ${reason}`,
  } as const
  if (effect.holds !== undefined) return released
  const once = effect.delivery === 'once_tomorrow'
  if (attempts >= MAX_ATTEMPTS || (once && subject.errorCode === refused.code)) return failed
  const waitMs =
    effect.delivery === 'once_tomorrow' ? TOMORROW_MS : backoffMs(attempts, effect.delivery, jitterOf(deliveryId))
  const dueAt = new Date(ctx.now().getTime() + waitMs)
  return { ...released, dueAt, jobs: [sendJob.with({ advisorId }, { startAfter: dueAt, groupId: advisorId })] }
}

/** Between 0 and 1, spread over the deliveries: those put off together do not come back together. */
const jitterOf = (deliveryId: string) => Number.parseInt(deliveryId.slice(-6), 16) / 0x1000000

/** What a refusal means beyond the one delivery. */
async function widerEffects(
  ctx: CommandCtx,
  row: typeof deliveries.$inferSelect,
  { effect, reason = '', errorCode, dueAt }: Settlement,
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const { advisorId, campaignId, recipientId } = row
  if (!effect) return { audit: [], jobs: [] }
  if (effect.pauses && dueAt) await pauseLane(ctx.tx, advisorId, dueAt.getTime() - ctx.now().getTime())
  if (effect.marksPerson && errorCode != null)
    await markRefused(ctx, advisorId, [{ recipientId, code: errorCode, at: ctx.now() }])
  if (effect.optsOut) {
    const source = `whatsapp: error ${errorCode}`
    const wish = { advisorId, recipientId, wants: 'stop' as const, source, wording: reason, at: ctx.now() }
    const recorded = await recordPreference(ctx, wish)
    return recorded ? { audit: [recorded.audit], jobs: recorded.jobs } : { audit: [], jobs: [] }
  }
  if (effect.holds === 'connection') {
    return stopConnection(ctx, { advisorId, failure: reason, again: errorCode === 190 })
  }
  if (effect.holds === undefined) return { audit: [], jobs: [] }
  return { audit: await holdCampaign(ctx, { advisorId, campaignId, reason: HOLD_REASONS[effect.holds] }), jobs: [] }
}
