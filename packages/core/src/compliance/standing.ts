import { schema, statement } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'

/** How many of an advisor's newest verdicts its standing is the average of. */
const WINDOW = 20

const { complianceStandings: standings, verdicts } = schema

/** Counts the verdict and locks the row, so that of two verdicts at once the later one averages both. */
const countVerdict = statement((queries) =>
  queries
    .insert(standings)
    .values({
      advisorId: sql.placeholder('advisorId'),
      score: 100,
      verdictCount: 1,
      updatedAt: sql.placeholder('now'),
    })
    .onConflictDoUpdate({
      target: standings.advisorId,
      set: { verdictCount: sql`${standings.verdictCount} + 1`, updatedAt: sql`excluded.updated_at` },
    })
    .prepare('standing_count'),
)

const averageVerdicts = statement((queries) => {
  const newest = sql`(select ${verdicts.score} from ${verdicts} where ${verdicts.advisorId} = ${sql.placeholder('advisorId')} order by ${verdicts.id} desc limit ${sql.raw(String(WINDOW))})`
  return queries
    .update(standings)
    .set({ score: sql`(select round(avg(100 - newest.score)) from ${newest} as newest)` })
    .where(sql`${standings.advisorId} = ${sql.placeholder('advisorId')}`)
    .prepare('standing_average')
})

/**
 * Brings an advisor's standing up to date after a verdict was written in this transaction: the average of 100 minus the
 * score over its newest 20 verdicts, 0 to 100, where 100 is nothing ever found. The statements are on their way; await
 * them or hand them to the commit.
 */
export function recordStanding(ctx: CommandCtx, advisorId: string): Promise<unknown>[] {
  return [countVerdict(ctx.tx).execute({ advisorId, now: ctx.now() }), averageVerdicts(ctx.tx).execute({ advisorId })]
}
