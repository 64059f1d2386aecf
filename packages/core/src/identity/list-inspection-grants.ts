import { schema } from '@pramaan/db'
import { InspectionGrantListInput } from '@pramaan/shared'
import { and, desc, eq, lt } from 'drizzle-orm'
import { userIdOf } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { grantView } from './inspection-grants.ts'

const { inspectorGrants } = schema

/**
 * Grants, newest first: for an administrator all of them, for an inspector their own. Past and revoked ones stay in the
 * list. @throws AppError `invalid_cursor`
 */
export const listInspectionGrants = query({
  name: 'inspection.list_grants',
  input: InspectionGrantListInput,
  async run(ctx, { limit, cursor, advisorId }) {
    const isAdmin = ctx.actor.kind === 'user' && ctx.actor.role === 'admin'
    const inspectorId = isAdmin ? undefined : userIdOf(ctx)
    const list = `grants:${inspectorId ?? 'all'}:${advisorId ?? ''}`
    const rows = await ctx.db.read
      .select()
      .from(inspectorGrants)
      .where(
        and(
          advisorId === undefined ? undefined : eq(inspectorGrants.advisorId, advisorId),
          inspectorId === undefined ? undefined : eq(inspectorGrants.inspectorId, inspectorId),
          cursor === undefined ? undefined : lt(inspectorGrants.id, decodeCursor(ctx.keys, list, cursor)),
        ),
      )
      .orderBy(desc(inspectorGrants.id))
      .limit(limit + 1)
    return toPage(ctx.keys, list, rows, { limit, keyOf: (row) => row.id, view: grantView })
  },
})
