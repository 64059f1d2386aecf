import { schema } from '@pramaan/db'
import { Id } from '@pramaan/shared'
import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { grantView } from './inspection-grants.ts'

const { inspectorGrants } = schema

/** Ends an inspection; the next read is refused. @throws AppError `not_found`; `invalid_state` when it was revoked before */
export const revokeInspection = command({
  name: 'inspection.revoke',
  input: z.strictObject({ id: Id }),
  async run(ctx, { id }) {
    const [revoked] = await ctx.tx
      .update(inspectorGrants)
      .set({ revokedAt: ctx.now(), revokedBy: userIdOf(ctx) })
      .where(and(eq(inspectorGrants.id, id), isNull(inspectorGrants.revokedAt)))
      .returning()
    if (!revoked) {
      const known = await ctx.tx.$count(inspectorGrants, eq(inspectorGrants.id, id))
      if (known === 0) throw notFound('grant')
      throw new AppError('invalid_state', 'This grant was revoked before.')
    }
    const { advisorId, inspectorId } = revoked
    return {
      output: grantView(revoked),
      audit: {
        action: 'inspection.revoked',
        objectType: 'inspector_grant',
        objectId: id,
        advisorId,
        detail: { inspectorId },
      },
    }
  },
})
