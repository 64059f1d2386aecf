import { type Queries, schema, statement } from '@pramaan/db'
import { ReviewListInput, type ReviewView } from '@pramaan/shared'
import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { aiView } from './model-use.ts'
import { OVERRIDES, REWRITES, STILL_ASKED } from './review-queries.ts'
import { approvalsNeeded } from './rules/review-policy.ts'

/** Before everything: the highest priority, the earliest date, the lowest id. */
const START = '1000|-infinity|00000000-0000-0000-0000-000000000000'

/**
 * The queue over all advisors: what is due first, or what is most dangerous first and then what is due. Pending reviews of
 * texts that moved on are left out.
 */
export const listReviews = query({
  name: 'review.list',
  input: ReviewListInput,
  async run(ctx, { cursor, limit, sort, state }) {
    const list = `reviews:${state}:${sort}`
    const after = cursor === undefined ? START : decodeCursor(ctx.keys, list, cursor)
    const [priority, dueAt, id] = after.split('|')
    const isPending = state === 'open' || state === 'claimed' || state === 'suggested'
    const select = SELECTS[sort][isPending ? 'pending' : 'ended']
    const rows = await select(ctx.db.read).execute({ state, priority, dueAt, id, limit: limit + 1 })
    const keyOf = ({ review }: Row) => `${review.priority}|${review.dueAt.toISOString()}|${review.id}`
    return toPage(ctx.keys, list, rows, { limit, keyOf, view: reviewView })
  },
})

const { advisors, aiUses, contents, contentVersions, reviews, verdicts } = schema

const given = sql.placeholder
const afterDue = sql`(${reviews.dueAt}, ${reviews.id}) > (${given('dueAt')}::timestamptz, ${given('id')}::uuid)`
const ORDERS = {
  due: { after: afterDue, by: [asc(reviews.dueAt), asc(reviews.id)] },
  risk: {
    after: sql`(${reviews.priority} < ${given('priority')}::integer or (${reviews.priority} = ${given('priority')}::integer and ${afterDue}))`,
    by: [desc(reviews.priority), asc(reviews.dueAt), asc(reviews.id)],
  },
}

const page = (queries: Queries, sort: keyof typeof ORDERS, condition?: SQL) =>
  queries
    .select({
      review: reviews,
      advisor: { id: advisors.id, displayName: advisors.displayName },
      text: contentVersions.text,
      overrides: OVERRIDES,
      rewrites: REWRITES,
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
    .where(and(eq(reviews.state, given('state')), ORDERS[sort].after, condition))
    .orderBy(...ORDERS[sort].by)
    .limit(given('limit'))

const SELECTS = {
  due: {
    pending: statement((queries) => page(queries, 'due', STILL_ASKED).prepare('reviews_due_pending')),
    ended: statement((queries) => page(queries, 'due').prepare('reviews_due_ended')),
  },
  risk: {
    pending: statement((queries) => page(queries, 'risk', STILL_ASKED).prepare('reviews_risk_pending')),
    ended: statement((queries) => page(queries, 'risk').prepare('reviews_risk_ended')),
  },
}

type Row = Awaited<ReturnType<ReturnType<typeof SELECTS.due.ended>['execute']>>[number]

const iso = (time: Date | null) => time?.toISOString() ?? null

const reviewView = ({
  advisor,
  concerns,
  overrides,
  review,
  rewrites,
  text,
  verdict,
}: Row): z.infer<typeof ReviewView> => ({
  id: review.id,
  contentId: review.contentId,
  versionId: review.versionId,
  advisor,
  kind: review.kind,
  path: review.path,
  state: review.state,
  claimedBy: review.claimedBy,
  claimedUntil: iso(review.claimedUntil),
  approvalsNeeded: approvalsNeeded(review.kind, review.score),
  endorsedBy: review.endorsedBy,
  content: text,
  renderedText: verdict.renderedText,
  outcome: verdict.outcome,
  score: verdict.score,
  priority: review.priority,
  findings: verdict.findings,
  ai: aiView(verdict.aiStatus, concerns),
  rewrites,
  overrides: overrides.map((one) => ({ ...one, validUntil: one.validUntil && new Date(one.validUntil).toISOString() })),
  dueAt: review.dueAt.toISOString(),
  escalatedAt: iso(review.escalatedAt),
  createdAt: review.createdAt.toISOString(),
})
