import type { CampaignCounts } from './read-totals.ts'
import { type Comparison, rowsOf, sum, talliesOf } from './rules/counts.ts'
import type { Head } from './rules/range.ts'

type Counts = Exclude<keyof CampaignCounts, 'campaignId'>

/** How many messages were sent, and how many of them were delivered, read, answered, or followed by an opt-out. */
export const messageCounts = (rows: readonly CampaignCounts[]): Record<Counts, number> => ({
  sent: sum(rows, (row) => row.sent),
  delivered: sum(rows, (row) => row.delivered),
  read: sum(rows, (row) => row.read),
  replied: sum(rows, (row) => row.replied),
  optedOut: sum(rows, (row) => row.optedOut),
})

/** Hits of a count of messages, one tally for each campaign. */
export const campaignTallies = (rows: readonly CampaignCounts[], hits: Counts, of: Counts) =>
  talliesOf(rows, { id: (row) => row.campaignId, hits: (row) => row[hits], of: (row) => row[of] })

/** What became of messages, now and before: delivered of those sent, the rest of those delivered. */
export function messageShares(now: readonly CampaignCounts[], before: readonly CampaignCounts[], { range }: Head) {
  const share = (hits: Counts, of: Counts, kind: string): Comparison => ({
    now: campaignTallies(now, hits, of),
    before: campaignTallies(before, hits, of),
    rows: rowsOf(kind, range),
  })
  return {
    delivered: share('delivered', 'sent', 'message.delivered'),
    read: share('read', 'delivered', 'message.read'),
    replied: share('replied', 'delivered', 'message.replied'),
    optedOut: share('optedOut', 'delivered', 'message.opted_out'),
  }
}
