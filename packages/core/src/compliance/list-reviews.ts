import { type Queries, schema, statement } from '@pramaan/db'
import { ReviewListInput, type ReviewView } from '@pramaan/shared'
import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { aiView } from './model-use.ts'
import { STILL_ASKED } from './review-queries.ts'

const BEFORE_THE_OLDEST = '00000000-0000-0000-0000-000000000000'

/** The queue over all advisors, oldest first. Pending reviews of texts that moved on are left out. */
export const listReviews = query({
  name: 'review.list',
  input: ReviewListInput,
  async run(ctx, { cursor, limit, state }) {
    const list = `reviews:${state}`
    const after = cursor === undefined ? BEFORE_THE_OLDEST : decodeCursor(ctx.keys, list, cursor)
    const select = state === 'open' || state === 'claimed' ? selectPending : selectEnded
    const rows = await select(ctx.db.read).execute({ state, after, limit: limit + 1 })
    return toPage(ctx.keys, list, rows, { limit, keyOf: (row) => row.review.id, view: reviewView })
  },
})

const { advisors, aiUses, contents, contentVersions, reviews, verdicts } = schema

const page = (queries: Queries, condition?: SQL) =>
  queries
    .select({
      review: reviews,
      advisor: { id: advisors.id, displayName: advisors.displayName },
      text: contentVersions.text,
      verdict: {
        outcome: verdicts.outcome,
        score: verdicts.score,
        findings: verdicts.findings,
        renderedText: verdicts.renderedText,
        aiStatus: verdicts.aiStatus,
      },
      concerns: aiUses.concerns,
    })
    .from(reviews)
    .innerJoin(advisors, eq(advisors.id, reviews.advisorId))
    .innerJoin(contents, and(eq(contents.advisorId, reviews.advisorId), eq(contents.id, reviews.contentId)))
    .innerJoin(
      contentVersions,
      and(eq(contentVersions.advisorId, reviews.advisorId), eq(contentVersions.id, reviews.versionId)),
    )
    .innerJoin(verdicts, and(eq(verdicts.advisorId, reviews.advisorId), eq(verdicts.id, reviews.verdictId)))
    .leftJoin(aiUses, and(eq(aiUses.advisorId, verdicts.advisorId), eq(aiUses.checkId, verdicts.checkId)))
    .where(and(eq(reviews.state, sql.placeholder('state')), gt(reviews.id, sql.placeholder('after')), condition))
    .orderBy(asc(reviews.id))
    .limit(sql.placeholder('limit'))

const selectPending = statement((queries) => page(queries, STILL_ASKED).prepare('reviews_pending_page'))
const selectEnded = statement((queries) => page(queries).prepare('reviews_ended_page'))

type Row = Awaited<ReturnType<ReturnType<typeof selectEnded>['execute']>>[number]

const reviewView = ({ advisor, concerns, review, text, verdict }: Row): z.infer<typeof ReviewView> => ({
  id: review.id,
  contentId: review.contentId,
  versionId: review.versionId,
  advisor,
  state: review.state,
  claimedBy: review.claimedBy,
  content: text,
  renderedText: verdict.renderedText,
  outcome: verdict.outcome,
  score: verdict.score,
  findings: verdict.findings,
  ai: aiView(verdict.aiStatus, concerns),
  createdAt: review.createdAt.toISOString(),
})
