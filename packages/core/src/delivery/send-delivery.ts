import { templateParameters, WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import type { Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { type Claim, claimDelivery } from './claim-delivery.ts'
import { completeCampaign } from './complete-campaign.ts'
import { sendJob } from './jobs.ts'
import { type Outcome, recordOutcome } from './record-outcome.ts'

/**
 * Job `delivery.send`: claim (transaction) -> call (none open) -> record (transaction, only by the holder of the claim).
 * A second run finds the claim spent and stops. Nothing here sends twice: a lost answer is recorded as unknown, and a
 * worker that dies in between leaves a claim that expires into reconciliation.
 */
export async function sendDelivery(ctx: Ctx, payload: unknown): Promise<void> {
  const input = sendJob.payload.parse(payload)
  const claimed = await claimDelivery(ctx, input)
  if (claimed.claim) {
    const outcome = await call(ctx, claimed.claim)
    await recordOutcome(ctx, { ...input, claimToken: claimed.claim.token, outcome })
  }
  if (claimed.campaignId !== null) await completeCampaign(ctx, input.advisorId, claimed.campaignId)
}

/** One try. What is sent is exactly the text that the proof covers, cut into the template's parameters. */
async function call(ctx: Ctx, claim: Claim): Promise<Outcome> {
  const { name, language } = WHATSAPP_TEMPLATE
  try {
    const { messageId } = await ctx.clients.whatsapp.sendTemplate(claim.accessToken, claim.phoneNumberId, {
      to: claim.phone,
      template: { name, language, parameters: templateParameters(claim.renderedText) },
      callbackData: claim.deliveryId,
    })
    return { kind: 'accepted', messageId }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    if (error.outcomeUnknown) return { kind: 'lost' }
    return { kind: 'refused', code: error.vendorCode ?? null, retryable: error.retryable }
  }
}
