import { type Queries, schema, statement } from '@pramaan/db'
import type { ReviewKind, Tier } from '@pramaan/shared'
import { and, eq, ne, sql } from 'drizzle-orm'
import { estimatedApprovalTime, versionColumns } from '../content/index.ts'
import type { CommandCtx } from '../platform/context.ts'

const { apiKeys, contents, contentVersions, findingOverrides, reviews, verdicts } = schema
const given = sql.placeholder

/** Every state, so that a review is found by its id through the index on (state, id): an id alone has no index. */
const ANY_STATE = sql`${reviews.state} in ('open', 'claimed', 'suggested', 'approved', 'rejected', 'withdrawn')`

/** A review that waits for a decision. */
export const PENDING = sql`${reviews.state} in ('open', 'claimed', 'suggested')`

/** The text stands where the review found it. A review of a text that was revised or withdrawn decides nothing. */
export const STILL_ASKED = sql`${contents.versionId} = ${reviews.versionId} and (
  case when ${reviews.kind} = 'second_look' then ${contents.status} in ('approved', 'scheduled', 'published')
  else ${contents.status} = 'in_review' end)`

/** Behind a text that came by an API key stands the person who made the key: they decide on it as little as on their own. */
const AUTHOR = sql<string>`coalesce(${apiKeys.createdBy}, ${reviews.authorId})`

/** What keeps somebody from deciding on a review. */
export type Conflict = 'author' | 'member' | 'coauthor' | 'decided'

/**
 * Why a person may not decide; null when nothing speaks against it. Whoever wrote any version of the text, by hand or by a
 * key of theirs, belongs to the firm, proposed words that its author took, or decided on this very verdict before.
 */
const CONFLICT = sql<Conflict | null>`case
  when exists (select from content_versions v where v.advisor_id = ${reviews.advisorId}
    and v.content_id = ${reviews.contentId} and (v.created_by = ${given('me')} or exists (
      select from api_keys k where k.advisor_id = v.advisor_id and k.id = v.created_by and k.created_by = ${given('me')})))
    or ${AUTHOR} = ${given('me')} then 'author'
  when exists (select from members m where m.advisor_id = ${reviews.advisorId} and m.user_id = ${given('me')}) then 'member'
  when exists (select from review_suggestions s where s.advisor_id = ${reviews.advisorId}
    and s.content_id = ${reviews.contentId} and s.state = 'accepted' and s.suggested_by = ${given('me')}) then 'coauthor'
  when exists (select from reviews r where r.advisor_id = ${reviews.advisorId} and r.verdict_id = ${reviews.verdictId}
    and (r.endorsed_by = ${given('me')} or (r.state = 'approved' and r.claimed_by = ${given('me')}))) then 'decided'
  end`

/** What the officers set aside, as JSON. */
export const OVERRIDES = sql<{ finding: number; officerId: string; reason: string; validUntil: string | null }[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('finding', o.finding, 'officerId', o.officer_id, 'reason', o.reason,
    'validUntil', o.valid_until) order by o.finding, o.created_at), '[]')
  from ${findingOverrides} o where o.advisor_id = ${reviews.advisorId} and o.review_id = ${reviews.id})`

/** Refused texts that the text is a rewrite of, nearest first, as JSON. */
export const REWRITES = sql<{ reviewId: string; alike: number; contained: number }[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('reviewId', l.review_id, 'alike', l.alike, 'contained', l.contained)
    order by l.alike desc, l.review_id desc), '[]')
  from rewrite_links l where l.advisor_id = ${reviews.advisorId} and l.verdict_id = ${reviews.verdictId})`

const selectReview = statement((queries) =>
  queries
    .select({
      id: reviews.id,
      advisorId: reviews.advisorId,
      kind: reviews.kind,
      path: reviews.path,
      state: reviews.state,
      claimedBy: reviews.claimedBy,
      claimedUntil: reviews.claimedUntil,
      endorsedBy: reviews.endorsedBy,
      authorId: AUTHOR,
      conflict: CONFLICT,
      contentStatus: contents.status,
      stillAsked: sql<boolean>`${STILL_ASKED}`,
      overrides: OVERRIDES,
      version: versionColumns,
      verdict: {
        id: verdicts.id,
        outcome: verdicts.outcome,
        score: verdicts.score,
        findings: verdicts.findings,
        ruleSetDigest: verdicts.ruleSetDigest,
        renderedText: verdicts.renderedText,
        input: verdicts.input,
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
    .where(and(ANY_STATE, eq(reviews.id, given('reviewId'))))
    .prepare('review_by_id'),
)

export type Review = Awaited<ReturnType<ReturnType<typeof selectReview>['execute']>>[number]

/** A review of any advisor, with what it is about and what speaks against `me` deciding it; null when there is none. */
export async function readReview(queries: Queries, reviewId: string, me: string): Promise<Review | null> {
  const [row] = await selectReview(queries).execute({ reviewId, me })
  return row ?? null
}

/** Moves a review if it is in the state, and with the person, that it was seen in: the loser of a race updates no row. */
const moveReviewRow = statement((queries) =>
  queries
    .update(reviews)
    .set({
      state: sql`${given('to')}`,
      claimedBy: sql`${given('claimedBy')}::uuid`,
      claimedUntil: sql`${given('claimedUntil')}::timestamptz`,
      endorsedBy: sql`coalesce(${given('endorsedBy')}::uuid, ${reviews.endorsedBy})`,
      note: sql`coalesce(${given('note')}::text, ${reviews.note})`,
      dueAt: sql`coalesce(${given('dueAt')}::timestamptz, ${reviews.dueAt})`,
      updatedAt: sql`${given('now')}::timestamptz`,
    })
    .where(
      and(
        eq(reviews.advisorId, given('advisorId')),
        eq(reviews.id, given('reviewId')),
        eq(reviews.state, given('from')),
        sql`${reviews.claimedBy} is not distinct from ${given('heldBy')}::uuid`,
      ),
    )
    .returning({ id: reviews.id })
    .prepare('review_move'),
)

export interface ReviewMove {
  to: (typeof reviews.$inferSelect)['state']
  claimedBy: string | null
  claimedUntil?: Date
  endorsedBy?: string
  note?: string
  /** A new date by which somebody should have decided. */
  dueAt?: Date
}

/** @returns false when somebody else was faster */
export async function moveReview(
  ctx: CommandCtx,
  review: Pick<Review, 'advisorId' | 'id' | 'state' | 'claimedBy'>,
  { to, claimedBy, claimedUntil, endorsedBy, note, dueAt }: ReviewMove,
): Promise<boolean> {
  const rows = await moveReviewRow(ctx.tx).execute({
    advisorId: review.advisorId,
    reviewId: review.id,
    from: review.state,
    heldBy: review.claimedBy,
    to,
    claimedBy,
    claimedUntil: claimedUntil?.toISOString() ?? null,
    endorsedBy: endorsedBy ?? null,
    note: note ?? null,
    dueAt: dueAt?.toISOString() ?? null,
    now: ctx.now().toISOString(),
  })
  return rows.length > 0
}

/** A firm with one person has nobody besides the author: the review says so, and so does the proof that comes of it. */
const PATH = sql`(select case when count(*) > 1 then 'firm' else 'sole_practitioner' end
  from members m where m.advisor_id = ${given('advisorId')})`

const insertReview = statement((queries) =>
  queries
    .insert(reviews)
    .values({
      advisorId: given('advisorId'),
      id: given('id'),
      contentId: given('contentId'),
      versionId: given('versionId'),
      verdictId: given('verdictId'),
      authorId: given('authorId'),
      kind: given('kind'),
      path: PATH,
      score: given('score'),
      priority: given('priority'),
      dueAt: given('dueAt'),
      createdAt: given('now'),
      updatedAt: given('now'),
    })
    .prepare('review_insert'),
)

const withdrawEarlier = statement((queries) =>
  queries
    .update(reviews)
    .set({ state: sql`'withdrawn'`, updatedAt: sql`${given('now')}::timestamptz` })
    .where(
      and(
        eq(reviews.advisorId, given('advisorId')),
        eq(reviews.contentId, given('contentId')),
        ne(reviews.verdictId, given('verdictId')),
        PENDING,
      ),
    )
    .prepare('review_withdraw_earlier'),
)

export interface NewReview {
  kind: ReviewKind
  /** Null where the caller's credentials do not tell: then the slowest clock counts. */
  tier: Tier | null
  contentId: string
  versionId: string
  verdictId: string
  authorId: string
  score: number
  /** By `reviewPriority`; the score where nothing stands beside the verdict. */
  priority?: number
}

/**
 * Asks an officer, and ends what was asked about the same text before. The tier decides by when an answer is due, and
 * nothing else. Hand the statements to the commit.
 */
export function openReview(
  ctx: CommandCtx,
  advisorId: string,
  { tier, priority, ...of }: NewReview,
): Promise<unknown>[] {
  const { contentId, score, verdictId } = of
  const dueAt = estimatedApprovalTime(ctx.now(), tier)
  return [
    withdrawEarlier(ctx.tx).execute({ advisorId, contentId, verdictId, now: ctx.now().toISOString() }),
    insertReview(ctx.tx).execute({
      advisorId,
      ...of,
      priority: priority ?? score,
      id: ctx.newId(),
      dueAt,
      now: ctx.now(),
    }),
  ]
}
