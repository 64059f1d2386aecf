import { schema } from '@pramaan/db'
import { AuditListInput } from '@pramaan/shared'
import { and, desc, eq, lt } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { member } from '../platform/permissions.ts'
import { query } from '../platform/use-case.ts'
import { eventView, sequenceOf } from './event-view.ts'

/** What happened in an advisor's account, newest first; narrowed to one object or one action on request. */
export const listEvents = query({
  name: 'audit.list',
  input: AuditListInput,
  allow: member(),
  inspectedAs: 'audit',
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `audit:${advisorId}:${input.objectId ?? ''}:${input.action ?? ''}`
    const { auditEntries } = schema
    const before = input.cursor === undefined ? undefined : BigInt(decodeCursor(ctx.keys, list, input.cursor))
    const rows = await ctx.db.read
      .select()
      .from(auditEntries)
      .where(
        and(
          eq(auditEntries.advisorId, advisorId),
          input.objectId === undefined ? undefined : eq(auditEntries.objectId, input.objectId),
          input.action === undefined ? undefined : eq(auditEntries.action, input.action),
          before === undefined ? undefined : lt(auditEntries.id, before),
        ),
      )
      .orderBy(desc(auditEntries.id))
      .limit(input.limit + 1)
    return toPage(ctx.keys, list, rows, { limit: input.limit, keyOf: sequenceOf, view: eventView })
  },
})
