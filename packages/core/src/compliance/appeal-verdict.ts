import { schema, statement } from '@pramaan/db'
import { AppealInput, type CreateContentView } from '@pramaan/shared'
import { and, desc, eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { estimatedApprovalTime, moveContent, readCurrent } from '../content/index.ts'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { openReview } from './review-queries.ts'
import { barringFindings, mayBeOverridden } from './rules/review-policy.ts'

const { verdicts } = schema

/**
 * Asks an officer to look at a verdict that sent a text back. Not for what nobody may set aside: there the text must change.
 *
 * @throws AppError `not_found`; `invalid_state` when the text was not sent back, or for a finding that nobody may set aside
 */
export const appealVerdict = command({
  name: 'content.appeal',
  input: AppealInput,
  async run(ctx, input): Promise<Result<z.infer<typeof CreateContentView>>> {
    const advisorId = advisorIdOf(ctx)
    const current = await readCurrent(ctx.tx, advisorId, input.id)
    if (!current) throw notFound('text')
    const { contentId, createdBy: authorId, hash, id: versionId } = current
    const [verdict] = await newestVerdict(ctx.tx).execute({ advisorId, contentId })
    const moved = await moveContent(ctx, { advisorId, contentId, versionId, event: 'appeal' })
    if (!moved || verdict?.versionId !== versionId) {
      throw new AppError('invalid_state', 'Only a text that the check sent back can be appealed. Read its status.')
    }
    const fixed = barringFindings(verdict).filter((place) => {
      const finding = verdict.findings[place]
      return finding !== undefined && !mayBeOverridden(finding)
    })
    if (fixed.length > 0) {
      const which = [...new Set(fixed.map((place) => verdict.findings[place]?.ruleId))].join(', ')
      throw new AppError('invalid_state', `Nobody may set aside ${which}. Change the text and submit it again.`)
    }
    const tier = ctx.tier ?? null
    const { id: verdictId, score } = verdict
    return {
      output: {
        contentId,
        versionId,
        status: moved.to,
        estimatedApprovalTime: estimatedApprovalTime(ctx.now(), tier).toISOString(),
      },
      audit: {
        action: 'content.appealed',
        objectType: 'content',
        objectId: contentId,
        versionHash: hash,
        reason: input.reason,
        ...moved,
        detail: { verdictId },
      },
      writes: openReview(ctx, advisorId, { kind: 'appeal', tier, contentId, versionId, verdictId, authorId, score }),
    }
  },
})

const newestVerdict = statement((queries) =>
  queries
    .select({
      id: verdicts.id,
      versionId: verdicts.versionId,
      outcome: verdicts.outcome,
      score: verdicts.score,
      findings: verdicts.findings,
    })
    .from(verdicts)
    .where(
      and(eq(verdicts.advisorId, sql.placeholder('advisorId')), eq(verdicts.contentId, sql.placeholder('contentId'))),
    )
    .orderBy(desc(verdicts.id))
    .limit(1)
    .prepare('verdict_newest'),
)
