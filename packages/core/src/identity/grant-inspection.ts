import { schema } from '@pramaan/db'
import { GrantInspectionInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { hashAddress } from './address.ts'
import { grantView } from './inspection-grants.ts'

const { advisors, inspectorGrants, users } = schema

/** An inspection ends by itself; a longer one is granted again. */
const LONGEST_MS = 366 * 24 * 3_600_000

/**
 * Opens an advisor's account to an inspector: for reading, within closed scopes, between two moments. The entry stands
 * in the advisor's log, so that they see who may look and why.
 *
 * @throws AppError `not_found` for an advisor or inspector that is not there; `invalid_input` for dates that make no period
 */
export const grantInspection = command({
  name: 'inspection.grant',
  input: GrantInspectionInput,
  async run(ctx, { advisorId, inspectorEmail, scopes, validFrom, validUntil, reason }) {
    const now = ctx.now()
    const from = validFrom === undefined ? now : new Date(validFrom)
    const until = new Date(validUntil)
    const isInspector = and(
      eq(users.emailHash, hashAddress(ctx.keys, inspectorEmail)),
      eq(users.role, 'inspector'),
      eq(users.status, 'active'),
    )
    const [[advisor], [inspector]] = await Promise.all([
      ctx.tx.select({ id: advisors.id }).from(advisors).where(eq(advisors.id, advisorId)),
      ctx.tx.select({ id: users.id }).from(users).where(isInspector),
    ])
    if (!advisor) throw notFound('advisor')
    if (!inspector) throw notFound('inspector')
    if (until <= from || until <= now || until.getTime() - from.getTime() > LONGEST_MS) {
      throw new AppError('invalid_input', 'An inspection ends after it begins, in the future, and within 366 days.')
    }
    const grant = {
      advisorId,
      id: ctx.newId(),
      inspectorId: inspector.id,
      scopes: [...new Set(scopes)],
      validFrom: from,
      validUntil: until,
      reason,
      grantedBy: userIdOf(ctx),
      createdAt: now,
    }
    return {
      output: grantView({ ...grant, revokedAt: null, revokedBy: null }),
      audit: {
        action: 'inspection.granted',
        objectType: 'inspector_grant',
        objectId: grant.id,
        advisorId,
        reason,
        detail: {
          inspectorId: inspector.id,
          scopes: grant.scopes,
          validFrom: from.toISOString(),
          validUntil: until.toISOString(),
        },
      },
      writes: [ctx.tx.insert(inspectorGrants).values(grant).execute()],
    }
  },
})
