import { schema } from '@pramaan/db'
import { ReviewIdInput, type RewritesView } from '@pramaan/shared'
import { aliasedTable, and, desc, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { diffWords } from './diff-words.ts'
import { readReview } from './review-queries.ts'

const { contentVersions, refusals, reviews, rewriteLinks } = schema

/**
 * The refused texts that the text of a review is a rewrite of: why each was refused, and what is different now.
 *
 * @throws AppError `not_found`
 */
export const listRewrites = query({
  name: 'review.list_rewrites',
  input: ReviewIdInput,
  async run(ctx, { id }): Promise<z.infer<typeof RewritesView>> {
    const review = await readReview(ctx.db.read, id, userIdOf(ctx))
    if (!review) throw notFound('review')
    const refused = aliasedTable(reviews, 'refused')
    const rows = await ctx.db.read
      .select({
        reviewId: refusals.reviewId,
        contentId: refusals.contentId,
        ruleId: refusals.ruleId,
        refusedAt: refusals.createdAt,
        reason: refused.note,
        content: contentVersions.text,
        alike: rewriteLinks.alike,
        contained: rewriteLinks.contained,
      })
      .from(rewriteLinks)
      .innerJoin(
        refusals,
        and(eq(refusals.advisorId, rewriteLinks.advisorId), eq(refusals.reviewId, rewriteLinks.reviewId)),
      )
      .innerJoin(refused, and(eq(refused.advisorId, refusals.advisorId), eq(refused.id, refusals.reviewId)))
      .innerJoin(
        contentVersions,
        and(eq(contentVersions.advisorId, refusals.advisorId), eq(contentVersions.id, refusals.versionId)),
      )
      .where(and(eq(rewriteLinks.advisorId, review.advisorId), eq(rewriteLinks.verdictId, review.verdict.id)))
      .orderBy(desc(rewriteLinks.alike), desc(refusals.reviewId))
    return {
      items: rows.map(({ reason, refusedAt, ...row }) => ({
        ...row,
        reason: reason ?? '',
        refusedAt: refusedAt.toISOString(),
        diff: diffWords(row.content, review.version.text),
      })),
    }
  },
})
