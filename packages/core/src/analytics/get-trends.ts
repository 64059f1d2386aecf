import { type Insight, ReportInput, type TrendsView } from '@pramaan/shared'
import type { Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { messageCounts, messageShares } from './message-shares.ts'
import { byPeriod, readMessages, reportOn } from './read-roll-ups.ts'
import { type Comparison, chanceIn, compare, paiseOf, roundTo, rowsOf, shareOf, sum } from './rules/counts.ts'
import { pointsOf } from './rules/points.ts'
import { grainOf } from './rules/range.ts'

/** A firm's messages over time, by day, week or month of the sending, and what changed since the days before. */
export const getTrends = query({
  name: 'analytics.get_trends',
  input: ReportInput,
  run: (ctx, input) => trendsOf(ctx, input),
})

export async function trendsOf(ctx: Ctx, asked: ReportInput): Promise<TrendsView> {
  const { head, result } = await reportOn(ctx, asked, readMessages)
  const { now, before } = byPeriod(result, head)
  const grain = grainOf(head.range)
  const comparisons = messageShares(now, before, head)
  const changes = compare(comparisons)
  return {
    ...head,
    grain,
    points: pointsOf(now, head.range, grain).map(({ from, to, rows }) => {
      const counts = messageCounts(rows)
      return {
        ...{ from, to, ...counts },
        failed: sum(rows, (row) => row.failed),
        costPaise: paiseOf(sum(rows, (row) => row.costMillipaise)),
        readShare: shareOf(counts.read, counts.delivered),
        rows: rowsOf('message.sent', { from, to }),
      }
    }),
    changes,
    insights: linesOf(comparisons, changes),
  }
}

const SUBJECT = {
  delivered: 'The share of messages that arrived',
  read: 'The share of messages that were read',
  replied: 'The share of messages that were answered',
  optedOut: 'The share of messages after which somebody stopped',
}

/** A sentence on each change beyond chance. */
function linesOf(comparisons: Record<keyof typeof SUBJECT, Comparison>, changes: TrendsView['changes']): Insight[] {
  const names = Object.keys(SUBJECT) as (keyof typeof SUBJECT)[]
  return names.flatMap((name) => {
    const { beyondChance, share, previousShare, of, rows } = changes[name]
    if (!beyondChance || share === null || previousShare === null) return []
    const percent = (part: number) => `${roundTo(100 * part, 1)}%`
    const verb = share > previousShare ? 'rose' : 'fell'
    const text = `${SUBJECT[name]} ${verb} from ${percent(previousShare)} to ${percent(share)} (${of} messages).`
    const chance = chanceIn(comparisons[name]) ?? 1
    return [{ text, chance: roundTo(chance, 6), messages: of, rows }]
  })
}
