import { schema } from '@pramaan/db'
import { ConsistencyInput } from '@pramaan/shared'
import { gte } from 'drizzle-orm'
import { AppError, notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { hashReader } from './read-hashes.ts'
import { consistencyPath } from './rules/merkle.ts'

/**
 * That the log of size `to` only adds to the log of size `from`: for who kept an old checkpoint and holds a new one.
 *
 * @throws AppError `not_found` for a size that the log has not reached
 */
export const proveConsistency = query({
  name: 'audit.prove_consistency',
  input: ConsistencyInput,
  async run(ctx, input) {
    const [from, to] = [Number(input.from), Number(input.to)]
    if (from > to) throw new AppError('invalid_input', 'Give the older size as `from` and the newer one as `to`.')
    const { auditHeads } = schema
    const reached = await ctx.db.read
      .select({ size: auditHeads.size })
      .from(auditHeads)
      .where(gte(auditHeads.size, to))
      .limit(1)
    if (reached.length === 0) throw notFound('size of the log')
    const hashes = await hashReader(ctx.db.pool)(consistencyPath(from, to))
    return { from, to, hashes: hashes.map((hash) => hash.toString('base64')) }
  },
})
