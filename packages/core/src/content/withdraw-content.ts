import { ContentIdInput } from '@pramaan/shared'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import type { ContentChange } from './content-change.ts'
import { moveContent } from './move-content.ts'
import { notAllowedNow } from './not-allowed-now.ts'
import { readCurrent } from './queries.ts'

/**
 * Takes a text back: a check or review of it ends without a decision, and nothing more of it is sent.
 *
 * @throws AppError `not_found`, `invalid_state` when it is withdrawn or archived already
 */
export const withdrawContent = command({
  name: 'content.withdraw',
  input: ContentIdInput,
  async run(ctx, input): Promise<Result<ContentChange>> {
    const advisorId = advisorIdOf(ctx)
    const current = await readCurrent(ctx.tx, advisorId, input.id)
    if (!current) throw notFound('text')
    const { contentId, id: versionId, hash } = current
    const moved = await moveContent(ctx, { advisorId, contentId, versionId, event: 'withdraw' })
    if (!moved) throw notAllowedNow('withdraw', current.status)
    return {
      output: { contentId, versionId, status: moved.to, estimatedApprovalTime: null },
      audit: { action: 'content.withdrawn', objectType: 'content', objectId: contentId, versionHash: hash, ...moved },
    }
  },
})
