import { schema } from '@pramaan/db'
import { EventProofInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { readCheckpoints } from './checkpoints.ts'
import { proveInclusion } from './prove-inclusion.ts'
import { entryDocument } from './rules/entry-document.ts'

/**
 * That an entry of the advisor stands in the log, under the newest checkpoint.
 *
 * @throws AppError `not_found`; `invalid_state` while the entry is not sealed yet, which takes seconds
 */
export const proveEvent = query({
  name: 'audit.prove_event',
  input: EventProofInput,
  async run(ctx, { id }) {
    const { auditEntries, auditLeaves } = schema
    const [[found], [checkpoint]] = await Promise.all([
      ctx.db.read
        .select()
        .from(auditEntries)
        .leftJoin(auditLeaves, eq(auditLeaves.entryId, auditEntries.id))
        .where(and(eq(auditEntries.advisorId, advisorIdOf(ctx)), eq(auditEntries.id, BigInt(id)))),
      readCheckpoints(ctx.db.read, { limit: 1 }),
    ])
    if (!found) throw notFound('entry')
    const { audit_entries: entry, audit_leaves: leaf } = found
    if (!leaf || !checkpoint || checkpoint.size <= leaf.leafIndex) {
      throw new AppError('invalid_state', 'This entry is not sealed yet. Ask again in a few seconds.')
    }
    const hashes = await proveInclusion(ctx.db, leaf.leafIndex, checkpoint.size)
    return {
      leaf: entryDocument(entry, { log: ctx.settings.auditOrigin, ...leaf }),
      leafHash: leaf.hash.toString('base64'),
      leafIndex: leaf.leafIndex,
      hashes: hashes.map((hash) => hash.toString('base64')),
      checkpoint,
    }
  },
})
