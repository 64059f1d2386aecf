import { ContentIdInput } from '@pramaan/shared'
import { countCheck } from '../billing/index.ts'
import { advisorIdOf, type CommandCtx } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import type { ContentChange } from './content-change.ts'
import { newCheck } from './jobs.ts'
import { moveContent } from './move-content.ts'
import { notAllowedNow } from './not-allowed-now.ts'
import { type Current, readCurrent } from './queries.ts'
import { estimatedApprovalTime } from './rules/estimated-approval-time.ts'

/**
 * Has the newest version of a text checked.
 *
 * @throws AppError `not_found`, `invalid_state` when it is being checked or reviewed, was rejected, or went out;
 *   `plan_limit_reached` for a check too many
 */
export const submitContent = command({
  name: 'content.submit',
  input: ContentIdInput,
  async run(ctx, input) {
    const current = await readCurrent(ctx.tx, advisorIdOf(ctx), input.id)
    if (!current) throw notFound('text')
    return submitCurrent(ctx, current)
  },
})

/** Sends a text's newest version, read before, into the check. */
export async function submitCurrent(ctx: CommandCtx, current: Current): Promise<Result<ContentChange>> {
  const advisorId = advisorIdOf(ctx)
  const { contentId, id: versionId, hash } = current
  const ids = { advisorId, contentId, versionId }
  const moved = await moveContent(ctx, { ...ids, event: 'submit' })
  if (!moved) throw notAllowedNow('submit', current.status)
  return {
    output: {
      contentId,
      versionId,
      status: moved.to,
      estimatedApprovalTime: estimatedApprovalTime(ctx.now(), ctx.tier).toISOString(),
    },
    audit: { action: 'content.submitted', objectType: 'content', objectId: contentId, versionHash: hash, ...moved },
    jobs: [newCheck(ids, ctx.newId())],
    writes: [countCheck(ctx, advisorId)],
  }
}
