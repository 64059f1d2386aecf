import { Id } from '@pramaan/shared'
import { z } from 'zod'
import { contentExists } from '../content/index.ts'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { readRulesInForce } from './rules-in-force.ts'
import { flawOf, readNewestApproval } from './verify-proof.ts'

/**
 * The newest approval of a text, as it was signed, and whether it covers sending now.
 *
 * @throws AppError `not_found` for a text that is not there or was never approved
 */
export const getApproval = query({
  name: 'approval.get',
  input: z.strictObject({ contentId: Id }),
  async run(ctx, { contentId }) {
    const advisorId = advisorIdOf(ctx)
    const row = await readNewestApproval(ctx.db.read, advisorId, contentId, ctx.now())
    if (!row) {
      if (!(await contentExists(ctx.db.read, advisorId, contentId))) throw notFound('text')
      throw new AppError('not_found', 'This text has no approval. Submit it, and wait for the decision.')
    }
    const { approvalId: id, statement, keyId, signature, expiresAt } = row
    const rules = await readRulesInForce(ctx.db.read, advisorId)
    const valid = flawOf(row, { keys: ctx.keys, now: ctx.now(), rules }) === null
    return { proof: { id, statement, keyId, signature, expiresAt: expiresAt.toISOString(), valid } }
  },
})
