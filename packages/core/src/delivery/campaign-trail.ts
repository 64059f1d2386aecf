import type { AuditEntry } from '../platform/context.ts'

interface Subject {
  advisorId: string
  id: string
  contentId: string
}

/**
 * The audit entries of a campaign's step: one in the campaign's own trail, one in that of its content, so that the
 * history of a text shows where it went. `content` says how the step moved the content itself.
 */
export function campaignTrail(
  campaign: Subject,
  entry: Omit<AuditEntry, 'objectType' | 'objectId' | 'advisorId'>,
  content: { from: string; to: string } | null = null,
): [AuditEntry, AuditEntry] {
  const { advisorId } = campaign
  const { from: _from, to: _to, ...shared } = entry
  return [
    { ...entry, advisorId, objectType: 'campaign', objectId: campaign.id },
    {
      ...shared,
      ...(content ?? {}),
      advisorId,
      objectType: 'content',
      objectId: campaign.contentId,
      detail: { ...entry.detail, campaignId: campaign.id },
    },
  ]
}
