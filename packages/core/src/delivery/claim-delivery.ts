import { schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { openToken } from './connection-secrets.ts'
import { holdCampaign } from './hold-campaigns.ts'
import { sendJob } from './jobs.ts'
import { readSendFacts } from './queries.ts'
import { readReadiness } from './read-readiness.ts'
import { maySend } from './rules/may-send.ts'

const { deliveries } = schema
const given = sql.placeholder

/** The right to send one delivery once, and all that is needed for it. */
export interface Claim {
  token: string
  deliveryId: string
  phone: string
  accessToken: string
  phoneNumberId: string
  renderedText: string
}

/** How long a worker may take from the claim to the record: several times the limit of the call. */
const CLAIM_MS = 120_000

const claim = statement((queries) =>
  queries
    .update(deliveries)
    .set({
      state: 'claimed',
      attempts: sql`${deliveries.attempts} + 1`,
      claimToken: sql`${given('token')}::uuid`,
      claimedUntil: sql`${given('until')}::timestamptz`,
      updatedAt: sql`${given('now')}::timestamptz`,
    })
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        eq(deliveries.id, given('id')),
        sql`${deliveries.createdAt} = ${given('createdAt')}::timestamptz`,
        eq(deliveries.state, 'queued'),
      ),
    )
    .returning({ attempts: deliveries.attempts })
    .prepare('delivery_claim'),
)

const cancel = statement((queries) =>
  queries
    .update(deliveries)
    .set({ state: 'cancelled', reason: sql`${given('reason')}`, updatedAt: sql`${given('now')}::timestamptz` })
    .where(
      and(
        eq(deliveries.advisorId, given('advisorId')),
        eq(deliveries.id, given('id')),
        sql`${deliveries.createdAt} = ${given('createdAt')}::timestamptz`,
        eq(deliveries.state, 'queued'),
      ),
    )
    .returning({ id: deliveries.id })
    .prepare('delivery_cancel'),
)

interface Claimed {
  claim: Claim | null
  /** Set when the campaign may have ended with this. */
  campaignId: string | null
}

const NOTHING = { output: { claim: null, campaignId: null } satisfies Claimed, unchanged: true } as const

/**
 * Takes a queued delivery, if at this moment everything still allows it: campaign, consent, advisor, licence, approval,
 * number and template are read anew. What speaks against this person cancels the delivery, what speaks against sending
 * at all holds the campaign, and both stand in the audit log.
 */
export const claimDelivery = command({
  name: 'delivery.claim',
  input: sendJob.payload,
  async run(ctx, { advisorId, deliveryId }) {
    const facts = await readSendFacts(ctx.tx, advisorId, deliveryId)
    if (facts?.delivery.state !== 'queued') return NOTHING
    const { delivery, campaign, recipient, connection } = facts
    const readiness = await readReadiness(ctx, advisorId, campaign.approvalId)
    const decision = maySend({
      ...readiness,
      campaignState: campaign.state,
      recipientState: recipient?.state ?? 'unknown',
      consented: facts.consented,
      connectionState: connection?.state ?? null,
      templateStatus: connection?.templateStatus ?? null,
    })
    if (decision.do === 'wait') return NOTHING
    if (decision.do === 'hold') {
      const held = await holdCampaign(ctx, { advisorId, campaignId: delivery.campaignId, reason: decision.reason })
      return unlessNothing({ claim: null, campaignId: null }, held)
    }
    const row = { advisorId, id: deliveryId, createdAt: delivery.createdAt.toISOString(), now: ctx.now().toISOString() }
    if (decision.do === 'cancel') {
      const [cancelled] = await cancel(ctx.tx).execute({ ...row, reason: decision.reason })
      const entry = deliveryEntry(row, { action: 'delivery.cancelled', to: 'cancelled', reason: decision.reason })
      return unlessNothing({ claim: null, campaignId: delivery.campaignId }, cancelled ? [entry] : [])
    }
    if (!recipient || !connection || !readiness.proof) throw new Error('sending was allowed without its means')
    const token = ctx.newId()
    const until = new Date(ctx.now().getTime() + CLAIM_MS).toISOString()
    const [[claimed], phone, accessToken] = await Promise.all([
      claim(ctx.tx).execute({ ...row, token, until }),
      openPhone(ctx, advisorId, recipient),
      openToken(ctx.keys, ctx.tx, connection),
    ])
    if (!claimed) return NOTHING
    const { phoneNumberId } = connection
    const { renderedText, versionHash } = readiness.proof.statement
    const detail = { campaignId: delivery.campaignId, approvalId: campaign.approvalId, attempt: claimed.attempts }
    return {
      output: {
        claim: { token, deliveryId, phone, accessToken, phoneNumberId, renderedText },
        campaignId: delivery.campaignId,
      },
      audit: deliveryEntry(row, { action: 'delivery.claimed', from: 'queued', to: 'claimed', versionHash, detail }),
    }
  },
})

const openPhone = (ctx: CommandCtx, advisorId: string, recipient: { id: string; phone: Buffer }) =>
  ctx.keys.open(ctx.tx, advisorId, { table: 'recipients', column: 'phone', rowId: recipient.id }, recipient.phone)

const deliveryEntry = (
  row: { advisorId: string; id: string },
  entry: Omit<AuditEntry, 'objectType' | 'objectId' | 'advisorId'>,
): AuditEntry => ({ ...entry, objectType: 'delivery', objectId: row.id, advisorId: row.advisorId })

function unlessNothing(output: Claimed, [first, ...rest]: AuditEntry[]) {
  return first ? { output, audit: [first, ...rest] as [AuditEntry, ...AuditEntry[]] } : NOTHING
}
