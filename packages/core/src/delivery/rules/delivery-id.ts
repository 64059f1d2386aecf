import { createHash } from 'node:crypto'

/**
 * The id of the delivery of a campaign to a recipient: always the same for the same two, so that a second dispatch
 * meets the rows of the first. A UUIDv8 (RFC 9562): the time of the campaign's id, then a hash, so that the rows of a
 * campaign lie together in the index.
 */
export function deliveryId(campaignId: string, recipientId: string): string {
  const hash = createHash('sha256').update(`delivery\n${campaignId}\n${recipientId}`).digest('hex')
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16)
  return `${campaignId.slice(0, 13)}-8${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`
}
