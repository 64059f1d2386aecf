import { type Queries, schema } from '@pramaan/db'
import { PlaceHoldInput, ReleaseHoldInput } from '@pramaan/shared'
import { and, eq, isNull, or } from 'drizzle-orm'
import { userIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { eraseJob } from './jobs.ts'

const { advisors, erasures, legalHolds } = schema

/** The open hold that forbids to destroy anything of a subject; null when there is none. */
export async function holdOn(
  queries: Queries,
  subject: { advisorId: string; subjectId: string },
): Promise<{ holdId: string } | null> {
  const ofSubject = or(isNull(legalHolds.subjectId), eq(legalHolds.subjectId, subject.subjectId))
  // A firm is held as a whole by a hold on any part of it.
  const concerned = subject.subjectId === subject.advisorId ? undefined : ofSubject
  const [hold] = await queries
    .select({ holdId: legalHolds.id })
    .from(legalHolds)
    .where(and(eq(legalHolds.advisorId, subject.advisorId), isNull(legalHolds.releasedAt), concerned))
    .limit(1)
  return hold ?? null
}

const holdView = (row: typeof legalHolds.$inferSelect) => ({
  id: row.id,
  advisorId: row.advisorId,
  subjectId: row.subjectId,
  reason: row.reason,
  placedAt: row.placedAt.toISOString(),
  releasedAt: row.releasedAt?.toISOString() ?? null,
})

/** Forbids erasing and shredding for a firm, or for one recipient or person of it. @throws AppError `not_found` */
export const placeHold = command({
  name: 'legal_hold.place',
  input: PlaceHoldInput,
  async run(ctx, { advisorId, subjectId, reason }) {
    if ((await ctx.tx.$count(advisors, eq(advisors.id, advisorId))) === 0) throw notFound('advisor')
    const values = { advisorId, id: ctx.newId(), subjectId: subjectId ?? null, reason }
    const [row] = await ctx.tx
      .insert(legalHolds)
      .values({ ...values, placedBy: userIdOf(ctx), placedAt: ctx.now() })
      .returning()
    if (!row) throw new Error('an insert without a conflict returned nothing')
    const detail = { subjectId: row.subjectId }
    return {
      output: holdView(row),
      audit: { action: 'legal_hold.placed', objectType: 'legal_hold', objectId: row.id, advisorId, reason, detail },
    }
  },
})

/** Ends a hold; erasures that waited for it go on. @throws AppError `not_found` */
export const releaseHold = command({
  name: 'legal_hold.release',
  input: ReleaseHoldInput,
  async run(ctx, { advisorId, id }) {
    const [row] = await ctx.tx
      .update(legalHolds)
      .set({ releasedAt: ctx.now(), releasedBy: userIdOf(ctx) })
      .where(and(eq(legalHolds.advisorId, advisorId), eq(legalHolds.id, id), isNull(legalHolds.releasedAt)))
      .returning()
    if (!row) throw notFound('open legal hold')
    const waiting = await ctx.tx
      .select({ id: erasures.id })
      .from(erasures)
      .where(and(eq(erasures.advisorId, advisorId), eq(erasures.state, 'held')))
    return {
      output: holdView(row),
      audit: { action: 'legal_hold.released', objectType: 'legal_hold', objectId: id, advisorId },
      jobs: waiting.map((erasure) => eraseJob.with({ advisorId, erasureId: erasure.id })),
    }
  },
})
