import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { campaignTrail } from './campaign-trail.ts'
import { dispatchJob } from './jobs.ts'
import { moveCampaign, readRunningCampaigns } from './move-campaign.ts'
import { HOLD_REASONS } from './rules/may-send.ts'

/** Stops one campaign before its next message; a person reads `reason`. Returns no entries when it is not running. */
export async function holdCampaign(
  ctx: CommandCtx,
  held: { advisorId: string; campaignId: string; reason: string },
): Promise<AuditEntry[]> {
  const row = await moveCampaign(ctx, { ...held, event: 'hold', heldReason: held.reason })
  return row ? campaignTrail(row, { action: 'campaign.held', to: 'held', reason: held.reason }) : []
}

/** Which template carries the campaigns that are meant: one of the firm's own, or null for the product's. */
interface Carried {
  templateId: string | null
}

/**
 * Stops every campaign of the advisor that is sending, or those of one template. A scheduled one looks for itself when its
 * time comes.
 */
export async function holdSending(
  ctx: CommandCtx,
  advisorId: string,
  reason: string,
  by?: Carried,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for (const { id, state, templateId } of await readRunningCampaigns(ctx.tx, advisorId)) {
    if (by && by.templateId !== templateId) continue
    if (state === 'sending') entries.push(...(await holdCampaign(ctx, { advisorId, campaignId: id, reason })))
  }
  return entries
}

/**
 * Starts again what stood still for one of these reasons: unless told, for want of the template or of the connection.
 * Each campaign goes through its dispatch once more, where everything is checked anew.
 */
export async function resumeHeld(
  ctx: CommandCtx,
  advisorId: string,
  reasons: readonly string[] = [HOLD_REASONS.template, HOLD_REASONS.connection],
): Promise<{ audit: AuditEntry[]; jobs: Job[] }> {
  const audit: AuditEntry[] = []
  const jobs: Job[] = []
  for (const { id, state, heldReason } of await readRunningCampaigns(ctx.tx, advisorId)) {
    if (state !== 'held' || heldReason === null || !reasons.includes(heldReason)) continue
    const row = await moveCampaign(ctx, { advisorId, campaignId: id, event: 'resume' })
    if (!row) continue
    audit.push(...campaignTrail(row, { action: 'campaign.resumed', from: 'held', to: 'scheduled' }))
    jobs.push(dispatchJob.with({ advisorId, campaignId: id }, { groupId: advisorId }))
  }
  return { audit, jobs }
}
