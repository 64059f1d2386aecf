import { schema, statement } from '@pramaan/db'
import { Id } from '@pramaan/shared'
import { and, eq, gt, isNull, lte, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx, Inspection } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'

const { inspectorGrants } = schema

const REFUSALS_PER_MINUTE = 60

/**
 * What the acting inspector may read of an advisor at this moment: the scopes of all live grants together. A try without
 * a live grant is written down.
 *
 * @throws AppError `not_found`: for who may not look, the advisor does not exist; `rate_limited`
 */
export async function openInspection(ctx: Ctx, { advisorId }: { advisorId: string }): Promise<Inspection> {
  const { actor } = ctx
  if (actor.kind !== 'user' || actor.role !== 'inspector' || !Id.safeParse(advisorId).success) throw notFound('advisor')
  const grants = await liveGrants(ctx.db.forAdvisor(advisorId).lookup).execute({
    advisorId,
    inspectorId: actor.userId,
    now: ctx.now().toISOString(),
  })
  const [newest] = grants
  if (newest) return { grantId: newest.id, advisorId, scopes: [...new Set(grants.flatMap(({ scopes }) => scopes))] }
  // These calls end before the gate counts them, and each leaves an entry.
  const { allowed } = await ctx.limiter.take(`inspection-refused:${actor.userId}`, REFUSALS_PER_MINUTE)
  if (!allowed) throw new AppError('rate_limited', 'Too many tries without a grant. Wait a minute, then try again.')
  await recordRefusal(ctx, { advisorId })
  throw notFound('advisor')
}

const given = sql.placeholder
const at = sql`${given('now')}::timestamptz`

const liveGrants = statement((queries) =>
  queries
    .select({ id: inspectorGrants.id, scopes: inspectorGrants.scopes })
    .from(inspectorGrants)
    .where(
      and(
        eq(inspectorGrants.advisorId, given('advisorId')),
        eq(inspectorGrants.inspectorId, given('inspectorId')),
        isNull(inspectorGrants.revokedAt),
        lte(inspectorGrants.validFrom, at),
        gt(inspectorGrants.validUntil, at),
      ),
    )
    .orderBy(sql`${inspectorGrants.id} desc`)
    .prepare('identity_live_grants'),
)

/** Stands in the platform's log, not the advisor's: anybody can name any id. */
const recordRefusal = command({
  name: 'inspection.open',
  input: z.strictObject({ advisorId: Id }),
  async run(_, { advisorId }) {
    return {
      output: null,
      audit: {
        action: 'inspection.refused',
        objectType: 'advisor',
        objectId: advisorId,
        outcome: 'refused',
        reason: 'no live grant',
      },
    }
  },
})
