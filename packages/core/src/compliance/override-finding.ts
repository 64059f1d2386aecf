import { schema } from '@pramaan/db'
import { OverrideFindingInput } from '@pramaan/shared'
import { type CommandCtx, userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { PROOF_VALIDITY_MS } from './issue-proof.ts'
import { decisionView, type ReviewDecision, requireClaimedReview, reviewEntry } from './require-review.ts'
import type { Review } from './review-queries.ts'
import { mayBeOverridden } from './rules/review-policy.ts'

/**
 * Sets a finding of a claimed review aside, with a reason. The verdict stays what it is; a finding that bars an approval
 * must be set aside by each officer who approves, and a score of 100 needs two of them.
 *
 * @throws AppError `not_found` for a place without a finding; `forbidden` for findings that nobody may set aside;
 *   `invalid_input` for a block without an end, or one later than an approval lasts; `invalid_state`, `conflict`
 */
export const overrideFinding = command({
  name: 'review.override',
  input: OverrideFindingInput,
  async run(ctx, input): Promise<Result<ReviewDecision>> {
    const review = await requireClaimedReview(ctx, input.id)
    const found = review.verdict.findings[input.finding]
    if (!found) throw notFound('finding')
    const detail = { finding: input.finding, ruleId: found.ruleId, severity: found.severity, quote: found.quote }
    if (!mayBeOverridden(found)) {
      throw new AppError('forbidden', `Nobody may set aside ${found.ruleId}. The author must change the text.`, {
        refusal: reviewEntry(review, 'review.override_refused', { reason: input.reason, detail }),
      })
    }
    const validUntil = endOf(ctx, input.validUntil, found.severity === 'block')
    await insertOverride(ctx, review, { ...input, validUntil })
    return {
      output: decisionView(review, review.state),
      audit: reviewEntry(review, 'review.finding_overridden', {
        reason: input.reason,
        detail: { ...detail, validUntil: validUntil?.toISOString() ?? null },
      }),
    }
  },
})

function endOf(ctx: CommandCtx, given: string | undefined, needed: boolean): Date | null {
  if (given === undefined) {
    if (needed) throw new AppError('invalid_input', 'Say in validUntil until when this block is set aside.')
    return null
  }
  const end = new Date(given)
  const latest = ctx.now().getTime() + PROOF_VALIDITY_MS
  if (end.getTime() <= ctx.now().getTime() || end.getTime() > latest) {
    throw new AppError('invalid_input', `validUntil must lie ahead, and before ${new Date(latest).toISOString()}.`)
  }
  return end
}

async function insertOverride(
  ctx: CommandCtx,
  { advisorId, id: reviewId }: Review,
  { finding, reason, validUntil }: { finding: number; reason: string; validUntil: Date | null },
): Promise<void> {
  const row = { advisorId, reviewId, finding, officerId: userIdOf(ctx), reason, validUntil, createdAt: ctx.now() }
  const rows = await ctx.tx
    .insert(schema.findingOverrides)
    .values(row)
    .onConflictDoNothing()
    .returning({ finding: schema.findingOverrides.finding })
  if (rows.length === 0) throw new AppError('conflict', 'You set this finding aside already.')
}
