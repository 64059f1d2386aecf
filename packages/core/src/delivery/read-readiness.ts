import { verifyApproval } from '../compliance/index.ts'
import { readAdvisor } from '../identity/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { HOLD_REASONS, hasLicenceInForce } from './rules/may-send.ts'
import { messageFor, readCarrier } from './template-message.ts'
import type { CampaignRow, ConnectionRow } from './views.ts'

/** What a campaign needs at the moment, read inside the transaction that acts on it. */
async function readReadiness(ctx: CommandCtx, advisorId: string, approvalId: string) {
  let refusal: AuditEntry | null = null
  const [advisor, proof] = await Promise.all([
    readAdvisor(ctx.tx, advisorId),
    verifyApproval(ctx, ctx.tx, advisorId, approvalId).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error
      refusal = { outcome: 'refused', ...(error.refusal ?? noSuchApproval(approvalId)), advisorId }
      return null
    }),
  ])
  return {
    proof,
    /** The alert that belongs into the audit log where the proof does not hold. */
    refusal: refusal as AuditEntry | null,
    advisorActive: advisor?.status === 'active',
    licenceValid: advisor !== null && hasLicenceInForce(advisor.licences, ctx.now()),
    proofValid: proof !== null,
  }
}

const noSuchApproval = (approvalId: string): AuditEntry => ({
  action: 'proof.refused',
  objectType: 'approval',
  objectId: approvalId,
})

type Sent = Pick<CampaignRow, 'approvalId' | 'templateId' | 'templateParameters'>

/** The same with the template that carries a campaign and what fills it; null where that is not what the proof covers. */
export async function readWhatIsSent(
  ctx: CommandCtx,
  { advisorId, campaign, connection }: { advisorId: string; campaign: Sent; connection: ConnectionRow | null },
) {
  const [readiness, carrier] = await Promise.all([
    readReadiness(ctx, advisorId, campaign.approvalId),
    readCarrier(ctx.tx, advisorId, campaign, connection),
  ])
  const { proof } = readiness
  const template = proof && messageFor(carrier, campaign.templateParameters, proof.statement.renderedText)
  return { ...readiness, carrier, template }
}

/** The alert of a hold for want of a proof that covers what would be sent; other holds are none. */
export function refusalOf(
  reason: string,
  { advisorId, campaignId, refusal }: { advisorId: string; campaignId: string; refusal: AuditEntry | null },
): AuditEntry[] {
  if (reason === HOLD_REASONS.proof && refusal) return [{ ...refusal, detail: { campaignId } }]
  if (reason !== HOLD_REASONS.parameters) return []
  const about = { objectType: 'campaign', objectId: campaignId, advisorId, outcome: 'refused' } as const
  return [{ ...about, action: 'proof.refused', reason: 'The filled template is not the approved text.' }]
}
