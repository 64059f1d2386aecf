import type { Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { completeCampaign } from './complete-campaign.ts'
import { sendJob } from './jobs.ts'
import { type Outcome, recordOutcome } from './record-outcome.ts'
import { type Claim, takeDeliveries } from './take-deliveries.ts'

/**
 * Job `delivery.send`: one turn of an advisor. Claim (transaction) -> call (none open) -> record (transaction, only by the
 * holder of the claim). What another has claimed is not taken. Nothing here sends twice: a lost answer is recorded as
 * unknown, and a worker that dies in between leaves claims that expire into reconciliation.
 */
export async function sendDeliveries(ctx: Ctx, payload: unknown): Promise<void> {
  const { advisorId } = sendJob.payload.parse(payload)
  const { claims, campaignIds } = await takeDeliveries(ctx, { advisorId })
  const sent = await Promise.allSettled(
    claims.map(async (claim) => {
      const outcome = await call(ctx, claim)
      await recordOutcome(ctx, { advisorId, deliveryId: claim.deliveryId, claimToken: claim.token, outcome })
    }),
  )
  for (const campaignId of campaignIds) await completeCampaign(ctx, advisorId, campaignId)
  const failed = sent.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}

/** One try. What is sent is exactly the text that the proof covers, cut into the parameters of its template. */
async function call(ctx: Ctx, claim: Claim): Promise<Outcome> {
  try {
    const { messageId } = await ctx.clients.whatsapp.sendTemplate(claim.accessToken, claim.phoneNumberId, {
      ...claim.address,
      template: claim.template,
      callbackData: claim.deliveryId,
    })
    return { kind: 'accepted', messageId }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    if (error.outcomeUnknown) return { kind: 'lost' }
    return { kind: 'refused', code: error.vendorCode ?? null, retryable: error.retryable }
  }
}
