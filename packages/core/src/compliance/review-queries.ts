import { type Queries, schema, statement } from '@pramaan/db'
import { and, eq, ne, sql } from 'drizzle-orm'
import { versionColumns } from '../content/index.ts'
import type { CommandCtx } from '../platform/context.ts'

const { apiKeys, contents, contentVersions, reviews, verdicts } = schema

/** Every state, so that a review is found by its id through the index on (state, id): an id alone has no index. */
const ANY_STATE = sql`${reviews.state} in ('open', 'claimed', 'approved', 'rejected', 'withdrawn')`

/** A review that waits for a decision. */
export const PENDING = sql`${reviews.state} in ('open', 'claimed')`

/** The text stands where the review found it. A review of a text that was revised or withdrawn decides nothing. */
export const STILL_ASKED = sql`${contents.status} = 'in_review' and ${contents.versionId} = ${reviews.versionId}`

/** Behind a text that came by an API key stands the person who made the key: they decide on it as little as on their own. */
const AUTHOR = sql<string>`coalesce(${apiKeys.createdBy}, ${reviews.authorId})`

const selectReview = statement((queries) =>
  queries
    .select({
      id: reviews.id,
      advisorId: reviews.advisorId,
      state: reviews.state,
      claimedBy: reviews.claimedBy,
      authorId: AUTHOR,
      contentStatus: contents.status,
      stillAsked: sql<boolean>`${STILL_ASKED}`,
      version: versionColumns,
      verdict: {
        id: verdicts.id,
        ruleSetDigest: verdicts.ruleSetDigest,
        renderedText: verdicts.renderedText,
      },
    })
    .from(reviews)
    .innerJoin(contents, and(eq(contents.advisorId, reviews.advisorId), eq(contents.id, reviews.contentId)))
    .innerJoin(
      contentVersions,
      and(eq(contentVersions.advisorId, reviews.advisorId), eq(contentVersions.id, reviews.versionId)),
    )
    .innerJoin(verdicts, and(eq(verdicts.advisorId, reviews.advisorId), eq(verdicts.id, reviews.verdictId)))
    .leftJoin(apiKeys, and(eq(apiKeys.advisorId, reviews.advisorId), eq(apiKeys.id, reviews.authorId)))
    .where(and(ANY_STATE, eq(reviews.id, sql.placeholder('reviewId'))))
    .prepare('review_by_id'),
)

export type Review = Awaited<ReturnType<ReturnType<typeof selectReview>['execute']>>[number]

/** A review of any advisor, with what it is about; null when there is none. */
export async function readReview(queries: Queries, reviewId: string): Promise<Review | null> {
  const [row] = await selectReview(queries).execute({ reviewId })
  return row ?? null
}

/** Moves a review if it is in the state, and with the person, that it was seen in: the loser of a race updates no row. */
const moveReviewRow = statement((queries) =>
  queries
    .update(reviews)
    .set({
      state: sql`${sql.placeholder('to')}`,
      claimedBy: sql`${sql.placeholder('claimedBy')}::uuid`,
      note: sql`coalesce(${sql.placeholder('note')}::text, ${reviews.note})`,
      updatedAt: sql`${sql.placeholder('now')}::timestamptz`,
    })
    .where(
      and(
        eq(reviews.advisorId, sql.placeholder('advisorId')),
        eq(reviews.id, sql.placeholder('reviewId')),
        eq(reviews.state, sql.placeholder('from')),
        sql`${reviews.claimedBy} is not distinct from ${sql.placeholder('heldBy')}::uuid`,
      ),
    )
    .returning({ id: reviews.id })
    .prepare('review_move'),
)

export interface ReviewMove {
  to: (typeof reviews.$inferSelect)['state']
  claimedBy: string | null
  note?: string
}

/** @returns false when somebody else was faster */
export async function moveReview(
  ctx: CommandCtx,
  review: Review,
  { to, claimedBy, note }: ReviewMove,
): Promise<boolean> {
  const rows = await moveReviewRow(ctx.tx).execute({
    advisorId: review.advisorId,
    reviewId: review.id,
    from: review.state,
    heldBy: review.claimedBy,
    to,
    claimedBy,
    note: note ?? null,
    now: ctx.now().toISOString(),
  })
  return rows.length > 0
}

const insertReview = statement((queries) =>
  queries
    .insert(reviews)
    .values({
      advisorId: sql.placeholder('advisorId'),
      id: sql.placeholder('id'),
      contentId: sql.placeholder('contentId'),
      versionId: sql.placeholder('versionId'),
      verdictId: sql.placeholder('verdictId'),
      authorId: sql.placeholder('authorId'),
      createdAt: sql.placeholder('now'),
      updatedAt: sql.placeholder('now'),
    })
    .prepare('review_insert'),
)

const withdrawEarlier = statement((queries) =>
  queries
    .update(reviews)
    .set({ state: sql`'withdrawn'`, updatedAt: sql`${sql.placeholder('now')}::timestamptz` })
    .where(
      and(
        eq(reviews.advisorId, sql.placeholder('advisorId')),
        eq(reviews.contentId, sql.placeholder('contentId')),
        ne(reviews.verdictId, sql.placeholder('verdictId')),
        PENDING,
      ),
    )
    .prepare('review_withdraw_earlier'),
)

/** Asks a person for a decision, and ends what was asked about the same text before. Hand the statements to the commit. */
export function openReview(
  ctx: CommandCtx,
  of: { advisorId: string; contentId: string; versionId: string; verdictId: string; authorId: string },
): Promise<unknown>[] {
  const { advisorId, contentId, verdictId } = of
  return [
    withdrawEarlier(ctx.tx).execute({ advisorId, contentId, verdictId, now: ctx.now().toISOString() }),
    insertReview(ctx.tx).execute({ ...of, id: ctx.newId(), now: ctx.now() }),
  ]
}
