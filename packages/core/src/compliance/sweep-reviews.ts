import { schema } from '@pramaan/db'
import { and, asc, eq, inArray, isNull, lte, sql } from 'drizzle-orm'
import { z } from 'zod'
import { noticeJob } from '../identity/index.ts'
import type { AuditEntry, Ctx } from '../platform/context.ts'
import { command, type Result } from '../platform/use-case.ts'
import { REVIEW_STEPS } from './rules/review-state.ts'

/** What one sweep does at most of each kind; the next one goes on. */
const BATCH = 200

const { reviews } = schema

/** Gives claims that ran out back to the queue, and escalates what is overdue. Neither ever approves anything. */
export async function sweepReviews(ctx: Ctx): Promise<void> {
  await lapseClaims(ctx, {})
  await escalateOverdue(ctx, {})
}

const key = { advisorId: reviews.advisorId, id: reviews.id }
type Row = { advisorId: string; id: string; contentId: string; authorId: string }
const told = { ...key, contentId: reviews.contentId, authorId: reviews.authorId }

const entryOf = (row: Row, action: string, detail: Record<string, unknown> = {}): AuditEntry => ({
  action,
  objectType: 'content',
  objectId: row.contentId,
  advisorId: row.advisorId,
  detail: { reviewId: row.id, ...detail },
})

const lapseClaims = command({
  name: 'review.lapse_claims',
  input: z.strictObject({}),
  async run(ctx): Promise<Result<null>> {
    const { from, to } = REVIEW_STEPS.lapse
    const over = ctx.tx.$with('over').as(
      ctx.tx
        .select({ ...key, claimedBy: reviews.claimedBy })
        .from(reviews)
        .where(and(inArray(reviews.state, [...from]), lte(reviews.claimedUntil, ctx.now())))
        .orderBy(asc(reviews.id))
        .limit(BATCH)
        .for('update', { skipLocked: true }),
    )
    const rows = await ctx.tx
      .with(over)
      .update(reviews)
      .set({ state: to, claimedBy: null, claimedUntil: null, updatedAt: ctx.now() })
      .from(over)
      .where(and(eq(reviews.advisorId, over.advisorId), eq(reviews.id, over.id)))
      .returning({ ...told, heldBy: over.claimedBy })
    const [first, ...rest] = rows.map((row) => entryOf(row, 'review.claim_lapsed', { heldBy: row.heldBy }))
    return first ? { output: null, audit: [first, ...rest] } : { output: null, unchanged: true }
  },
})

/** Each review once: it moves to the head of the queue of what is due, and its firm and all reviewers are told. */
const escalateOverdue = command({
  name: 'review.escalate',
  input: z.strictObject({}),
  async run(ctx): Promise<Result<null>> {
    const late = ctx.tx.$with('late').as(
      ctx.tx
        .select(key)
        .from(reviews)
        .where(
          and(inArray(reviews.state, ['open', 'claimed']), isNull(reviews.escalatedAt), lte(reviews.dueAt, ctx.now())),
        )
        .orderBy(asc(reviews.dueAt))
        .limit(BATCH)
        .for('update', { skipLocked: true }),
    )
    const rows = await ctx.tx
      .with(late)
      .update(reviews)
      .set({ escalatedAt: ctx.now(), updatedAt: sql`${reviews.updatedAt}` })
      .from(late)
      .where(and(eq(reviews.advisorId, late.advisorId), eq(reviews.id, late.id)))
      .returning({ ...told, dueAt: reviews.dueAt, kind: reviews.kind })
    const [first] = rows
    if (!first) return { output: null, unchanged: true }
    const [entry, ...entries] = rows.map((row) => entryOf(row, 'review.escalated', { dueAt: row.dueAt.toISOString() }))
    const notice = (topic: 'review_overdue' | 'reviews_overdue', row: Row, userId?: string) =>
      noticeJob.with({
        kind: 'notice',
        noticeId: ctx.newId(),
        topic,
        advisorId: row.advisorId,
        objectId: row.contentId,
        ...(userId === undefined ? {} : { userId }),
      })
    // A second look is no matter of the firm: its text is approved.
    const asked = rows.filter(({ kind }) => kind !== 'second_look')
    return {
      output: null,
      audit: [entry as AuditEntry, ...entries],
      jobs: [notice('reviews_overdue', first), ...asked.map((row) => notice('review_overdue', row, row.authorId))],
    }
  },
})
