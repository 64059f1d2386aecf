import { type Queries, schema } from '@pramaan/db'
import type { Stage } from '@pramaan/shared'
import { and, eq, lt, ne, notExists, sql } from 'drizzle-orm'
import { z } from 'zod'
import { moveContent, newCheck, runStageJob } from '../content/index.ts'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { command, type Result } from '../platform/use-case.ts'
import { insertCheck } from './check-queries.ts'
import { PENDING, STILL_ASKED } from './review-queries.ts'
import { digestForFirm, readPackInForce } from './rules-in-force.ts'

/** A check does its three stages in seconds; one that stood still for so long has lost its job. */
const STANDSTILL_MS = 5 * 60_000

/** What one sweep does at most of each kind; the next one goes on. */
const BATCH = 200

const { complianceChecks: checks, contents, reviews, verdicts } = schema

/** What a sweep found to do. */
interface Found {
  entries: AuditEntry[]
  jobs: Job[]
}

interface Ids {
  advisorId: string
  contentId: string
  versionId: string
}

/**
 * Puts back on their way the checks that stand still: those whose job was lost, texts in `checking` without a check, and
 * reviews of verdicts by rules that are no longer in force. Ends the reviews of texts that moved on. Doing any of it twice
 * is harmless, since each stage counts once.
 *
 * @returns how many it put right
 */
export async function sweepChecks(ctx: Ctx): Promise<number> {
  let swept = 0
  for (const sweep of [sweepStandstills, sweepForgotten, sweepOldRules]) swept += await sweep(ctx, {})
  await withdrawStaleReviews(ctx, {})
  return swept
}

const sweeper = (
  name: 'sweep_standstills' | 'sweep_forgotten' | 'sweep_old_rules' | 'sweep_stale_reviews',
  find: (ctx: CommandCtx) => Promise<Found>,
) =>
  command({
    name: `compliance.${name}`,
    input: z.strictObject({}),
    async run(ctx): Promise<Result<number>> {
      const { entries, jobs } = await find(ctx)
      const [first, ...rest] = entries
      if (!first) return { output: 0, unchanged: true }
      return { output: entries.length, audit: [first, ...rest], jobs }
    },
  })

const requeued = ({ advisorId, contentId }: Ids, reason: string, checkId: string): AuditEntry => ({
  action: 'compliance.check_requeued',
  objectType: 'content',
  objectId: contentId,
  advisorId,
  reason,
  detail: { checkId },
})

const longAgo = (ctx: Ctx) => new Date(ctx.now().getTime() - STANDSTILL_MS)

const sweepStandstills = sweeper('sweep_standstills', async (ctx) => {
  const still = ctx.tx.$with('still').as(
    ctx.tx
      .select({ advisorId: checks.advisorId, id: checks.id })
      .from(checks)
      .where(and(eq(checks.state, 'running'), lt(checks.updatedAt, longAgo(ctx))))
      .orderBy(checks.updatedAt)
      .limit(BATCH)
      .for('update', { skipLocked: true }),
  )
  const rows = await ctx.tx
    .with(still)
    .update(checks)
    .set({ updatedAt: ctx.now() })
    .from(still)
    .where(and(eq(checks.advisorId, still.advisorId), eq(checks.id, still.id)))
    .returning({
      advisorId: checks.advisorId,
      contentId: checks.contentId,
      versionId: checks.versionId,
      checkId: checks.id,
      stagesDone: checks.stagesDone,
    })
  return {
    entries: rows.map((row) => requeued(row, 'its job was lost', row.checkId)),
    jobs: rows.map(({ stagesDone, ...row }) =>
      runStageJob.with({ ...row, stage: (stagesDone + 1) as Stage }, { groupId: row.advisorId }),
    ),
  }
})

const sweepForgotten = sweeper('sweep_forgotten', async (ctx) => {
  const running = ctx.tx
    .select({ one: sql`1` })
    .from(checks)
    .where(
      and(
        eq(checks.advisorId, contents.advisorId),
        eq(checks.versionId, contents.versionId),
        eq(checks.state, 'running'),
      ),
    )
  const rows: Ids[] = await ctx.tx
    .select({ advisorId: contents.advisorId, contentId: contents.id, versionId: contents.versionId })
    .from(contents)
    .where(and(eq(contents.status, 'checking'), lt(contents.updatedAt, longAgo(ctx)), notExists(running)))
    .limit(BATCH)
  return beginChecks(ctx, rows, 'it had no check')
})

/** A review of a verdict by old rules cannot approve; its text is judged by the new ones, and comes back if need be. */
const sweepOldRules = sweeper('sweep_old_rules', async (ctx) => {
  const pack = await readPackInForce(ctx.tx)
  const rows: Ids[] = await pendingReviews(ctx.tx)
    .innerJoin(verdicts, and(eq(verdicts.advisorId, reviews.advisorId), eq(verdicts.id, reviews.verdictId)))
    .where(and(PENDING, STILL_ASKED, ne(verdicts.ruleSetDigest, digestForFirm(reviews.advisorId, pack.digest))))
    .limit(BATCH)
  const moved: Ids[] = []
  for (const row of rows) if (await moveContent(ctx, { ...row, event: 'recheck' })) moved.push(row)
  return beginChecks(ctx, moved, 'the rules changed')
})

const pendingReviews = (queries: Queries) =>
  queries
    .select({ advisorId: reviews.advisorId, contentId: reviews.contentId, versionId: reviews.versionId })
    .from(reviews)
    .innerJoin(contents, and(eq(contents.advisorId, reviews.advisorId), eq(contents.id, reviews.contentId)))

/** The check row is made with the job, so that the next sweep does not ask again. */
async function beginChecks(ctx: CommandCtx, rows: Ids[], reason: string): Promise<Found> {
  const found: Found = { entries: [], jobs: [] }
  for (const row of rows) {
    const checkId = ctx.newId()
    await insertCheck(ctx.tx).execute({ ...row, checkId, now: ctx.now() })
    found.entries.push(requeued(row, reason, checkId))
    found.jobs.push(newCheck(row, checkId))
  }
  return found
}

/** The step of the author that made these reviews pointless stands in the log already; here it is said what came of it. */
const withdrawStaleReviews = sweeper('sweep_stale_reviews', async (ctx) => {
  const asked = ctx.tx
    .select({ one: sql`1` })
    .from(contents)
    .where(and(eq(contents.advisorId, reviews.advisorId), eq(contents.id, reviews.contentId), STILL_ASKED))
  const rows = await ctx.tx
    .update(reviews)
    .set({ state: 'withdrawn', updatedAt: ctx.now() })
    .where(and(PENDING, notExists(asked)))
    .returning({ advisorId: reviews.advisorId, contentId: reviews.contentId, reviewId: reviews.id })
  return {
    entries: rows.map(({ advisorId, contentId, reviewId }) => ({
      action: 'review.withdrawn',
      objectType: 'content',
      objectId: contentId,
      advisorId,
      to: 'withdrawn',
      detail: { reviewId },
    })),
    jobs: [],
  }
})
