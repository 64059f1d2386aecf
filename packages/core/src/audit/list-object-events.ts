import { schema } from '@pramaan/db'
import { ObjectAuditInput } from '@pramaan/shared'
import { and, asc, eq, gt } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { member } from '../platform/permissions.ts'
import { query } from '../platform/use-case.ts'
import { eventView, sequenceOf } from './event-view.ts'

/**
 * The trail of one object of the advisor, oldest first.
 *
 * @throws AppError `not_found` for an object of which the advisor's log knows nothing: what exists has an entry
 */
export const listObjectEvents = query({
  name: 'audit.list_object',
  input: ObjectAuditInput,
  allow: member(),
  inspectedAs: 'audit',
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `trail:${advisorId}:${input.id}`
    const { auditEntries } = schema
    const after = input.cursor === undefined ? undefined : BigInt(decodeCursor(ctx.keys, list, input.cursor))
    const rows = await ctx.db.read
      .select()
      .from(auditEntries)
      .where(
        and(
          eq(auditEntries.advisorId, advisorId),
          eq(auditEntries.objectId, input.id),
          after === undefined ? undefined : gt(auditEntries.id, after),
        ),
      )
      .orderBy(asc(auditEntries.id))
      .limit(input.limit + 1)
    if (rows.length === 0 && after === undefined) throw notFound('object')
    return toPage(ctx.keys, list, rows, { limit: input.limit, keyOf: sequenceOf, view: eventView })
  },
})
